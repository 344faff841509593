"""The record as a page: who sees which events, page by page."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.models import AuditEvent, AuditHead, Conflict, Person
from review.queries.audit import ABOUT_DATA, PAGE_SIZE, EventFilter, list_events
from review.services import audit
from review.services.privacy_erasure import propose_erasure
from review.services.privacy_holds import set_hold
from review.services.privacy_requests import ask_bundle
from review.services.sign_ins import open_sign_in
from tests.after_decision import decided_room
from tests.committee_room import Room
from tests.factories import open_case_of
from tests.signed_in import Door, faults, listed, words
from tests.trail import details_where


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return decided_room(session, now)


def kinds(session: Session, room: Room, key: str, **more: Any) -> set[tuple[str, str]]:
    rows = list_events(session, room.actor(key), EventFilter(**more)).rows
    return {(row.kind, row.case_code) for row in rows}


def test_hr_sees_what_happened_but_not_who_is_typing(session: Session, room: Room, now: datetime) -> None:
    audit.record(session, "rating.draft", actor=room.actor("greta"), now=now, case_id=room.case_id)
    assert ("case.decide_promote", "2026A-001") in kinds(session, room, "hanna")
    assert kinds(session, room, "hanna", kind="rating.") == set()
    assert kinds(session, room, "abel", kind="rating.") == {("rating.draft", "2026A-001")}


def test_words_longer_than_any_name_find_nothing(session: Session, room: Room) -> None:
    assert [kinds(session, room, "abel", **{name: "z" * 200_000}) for name in ("who", "case")] == [set(), set()]


@pytest.mark.parametrize("tie", ["self", "below", "above"])
def test_hr_sees_no_event_of_a_case_they_are_close_to(session: Session, room: Room, now: datetime, tie: str) -> None:
    people = {key: session.get_one(Person, room.scene.id(key)) for key in ("hugo", "iris", "dario")}
    if tie == "self":
        people["hugo"].level_id, people["hugo"].level_since_on = "pm-2", people["iris"].level_since_on
        case = open_case_of(session, room.scene, "hugo", "senior-pm", now)
        assert case.code not in {code for _, code in kinds(session, room, "hugo", kind="case.")}
        assert case.code in {code for _, code in kinds(session, room, "abel", kind="case.")}
        return
    if tie == "below":
        people["dario"].manager_id = people["hugo"].id
    else:
        people["hugo"].manager_id = people["iris"].id
    session.flush()
    assert {code for _, code in kinds(session, room, "hugo")} == {""}
    assert {code for _, code in kinds(session, room, "abel")} == {"", "2026A-001"}


@pytest.mark.both_databases
def test_who_runs_the_installation_learns_no_case_and_no_decision(session: Session, room: Room) -> None:
    rows = list_events(session, room.actor("ines"), EventFilter(kind="case")).rows
    assert {(row.kind, row.case_code, row.actor) for row in rows} == {("case", "", "")}
    guess = list_events(session, room.actor("ines"), EventFilter(kind="case.decide_promote")).rows
    other = list_events(session, room.actor("ines"), EventFilter(kind="case.decide_not_yet")).rows
    assert guess == other


def test_pages_follow_each_other_without_a_gap(session: Session, room: Room, now: datetime) -> None:
    for _ in range(PAGE_SIZE + 5):
        audit.record(session, "cycle.look", actor=room.actor("hanna"), now=now)
    first = list_events(session, room.actor("hanna"), EventFilter(kind="cycle.look"))
    second = list_events(session, room.actor("hanna"), EventFilter(kind="cycle.look"), before=first.next_before)
    assert (len(first.rows), len(second.rows), second.next_before) == (PAGE_SIZE, 5, None)
    assert [row.seq for row in (*first.rows, *second.rows)] == sorted(
        {row.seq for row in (*first.rows, *second.rows)}, reverse=True
    )


@pytest.mark.both_databases
def test_what_is_done_with_the_data_of_somebody_close_is_not_told(session: Session, room: Room, now: datetime) -> None:
    """Nor with one's own; of a hold on a case its case says who may know of it."""
    ask_bundle(session, room.scene.id("iris"), actor=room.actor("iris"), now=now)
    until, hanna, hugo = date(2027, 1, 1), room.actor("hanna"), room.actor("hugo")
    set_hold(session, "iris@company.example", "A dispute", until, actor=hanna, now=now)
    set_hold(session, room.case.code, "A dispute", until, actor=hanna, now=now)
    propose_erasure(session, room.scene.id("xenia"), "She asks", actor=hugo, now=now)
    row = {"kind": "other", "reason": "x", "declared_by_id": hugo.person_id, "declared_at": now}
    session.add(Conflict(case_id=room.case_id, person_id=hugo.person_id, **row))
    own = {"actor": SYSTEM, "now": now, "subject_type": "person", "subject_id": hanna.person_id}
    audit.record(session, "hold.end", **own)
    session.flush()

    def told(key: str) -> list[tuple[str, str, str]]:
        found = [row for kind in ABOUT_DATA for row in list_events(session, room.actor(key), EventFilter(kind)).rows]
        return [(row.kind, row.about, row.case_code) for row in found]

    of_case, of_xenia = ("hold.set", "", room.case.code), ("erasure.propose", "Xenia Rolf", "")
    of_iris = [("hold.set", "Iris Vance", ""), of_xenia, ("subject_access.ask", "Iris Vance", "")]
    assert told("hanna") == [of_case, *of_iris]
    assert told("abel") == [("hold.end", "Hanna Ruiz", ""), of_case, *of_iris]
    assert (told("hugo"), told("ines")) == ([of_xenia], [("hold", "", "")])


def test_a_filter_takes_its_signs_literally(session: Session, room: Room) -> None:
    assert kinds(session, room, "hanna", kind="case%") == set()


@pytest.mark.parametrize(
    ("key", "status"),
    [("hanna", 200), ("abel", 200), ("ines", 200), ("iris", 404), ("greta", 404), ("clara", 404), ("noor", 404)],
)
def test_who_opens_the_record(
    session: Session, room: Room, client: FlaskClient, now: datetime, key: str, status: int
) -> None:
    answer = Door(client, session, now, room.scene.company.ids).enter(key).get("/audit?kind=case.&before=x")
    assert answer.status_code == status
    if key == "hanna":
        (told,) = listed(answer, "tbody tr")[:1]
        assert told.endswith("Recorded the decision: promote case.decide_promote Clara Boateng 2026A-001")


def test_the_auditor_neither_sees_what_they_are_part_of(session: Session, room: Room) -> None:
    session.get_one(Person, room.scene.id("dario")).manager_id = room.scene.id("abel")
    session.flush()
    assert {code for _, code in kinds(session, room, "abel")} == {""}


def test_events_are_narrowed_by_person_case_and_day(session: Session, room: Room, now: datetime) -> None:
    hanna, otto = room.actor("hanna"), room.scene.id("otto")
    later = now + timedelta(days=30)
    audit.record(session, "role.grant", actor=hanna, now=later, subject_type="person", subject_id=otto)
    wanted = {
        "about": EventFilter(who="nagy OTTO"),
        "day": EventFilter(since=later, until=later + timedelta(days=1)),
        "case": EventFilter(case="2026a-0", kind="case.decide"),
    }
    found = {name: list_events(session, hanna, each).rows for name, each in wanted.items()}
    assert [(row.kind, row.about, row.actor) for row in found["about"]] == [("role.grant", "Otto Nagy", "Hanna Ruiz")]
    assert [row.kind for row in found["day"]] == ["role.grant"]
    assert [(row.kind, row.case_code) for row in found["case"]] == [("case.decide_promote", "2026A-001")]
    assert list_events(session, hanna, EventFilter(case="%")).rows == ()


@pytest.mark.both_databases
def test_who_runs_the_installation_finds_nobody_by_what_is_masked(session: Session, room: Room) -> None:
    assert list_events(session, room.actor("ines"), EventFilter(case="2026A")).rows == ()
    open_sign_in(session, room.scene.id("clara"), now=room.now)
    assert len(list_events(session, room.actor("abel"), EventFilter(who="Clara")).rows) > 1
    found = list_events(session, room.actor("ines"), EventFilter(who="Clara")).rows
    assert [row.kind for row in found] == ["sign_in.open"]


def test_details_are_for_the_auditor_alone(session: Session, room: Room) -> None:
    wanted = EventFilter(kind="packet.seal")
    read = {key: list_events(session, room.actor(key), wanted).rows[0].detail for key in ("hanna", "ines", "abel")}
    assert (read["hanna"], read["ines"]) == (None, None)
    assert read["abel"] is not None
    assert set(read["abel"].value) == {"digest"}


@pytest.mark.parametrize(
    ("key", "status"),
    [("hanna", 200), ("abel", 200), ("ines", 404), ("iris", 404), ("greta", 404), ("clara", 404), ("hugo", 404)],
)
def test_who_opens_the_record_of_a_case(
    session: Session, room: Room, client: FlaskClient, now: datetime, key: str, status: int
) -> None:
    """HR who are not part of it, and the auditor; one of HR has declared a conflict."""
    said = {"kind": "other", "reason": "x", "declared_at": now, "declared_by_id": room.scene.id("hugo")}
    session.add(Conflict(case_id=room.case_id, person_id=room.scene.id("hugo"), **said))
    session.commit()
    door = Door(client, session, now, room.scene.company.ids)
    answer = door.enter(key).get(f"/cases/{room.case_id}/record?who=clara")
    assert answer.status_code == status
    if status == 200:
        assert listed(answer, "h1") == ["Record of case 2026A-001"]
        assert "Recorded the decision: promote case.decide_promote" in listed(answer, "tbody tr th")
        assert bool(listed(answer, "form[action$=csv]")) == (key == "abel")


def test_the_case_page_leads_to_its_record(session: Session, room: Room, client: FlaskClient, now: datetime) -> None:
    door = Door(client, session, now, room.scene.company.ids)
    seen = {key: door.enter(key).get(f"/cases/{room.case_id}") for key in ("hanna", "greta", "clara", "iris")}
    link = f'a[href="/cases/{room.case_id}/record"]'
    assert {key: listed(answer, link) for key, answer in seen.items()} == {
        "hanna": ["Record of this case"], "greta": [], "clara": [], "iris": [],
    }  # fmt: skip


def test_the_record_of_a_case_leads_back_to_it_for_those_who_find_it(
    session: Session, room: Room, client: FlaskClient, now: datetime
) -> None:
    door, case = Door(client, session, now, room.scene.company.ids), f"/cases/{room.case_id}"
    pages = {key: door.enter(key).get(f"{case}/record") for key in ("hanna", "abel")}
    assert {key: listed(page, f'main a[href="{case}"]') for key, page in pages.items()} == {
        "hanna": ["Case 2026A-001"],
        "abel": [],
    }
    assert [door.enter(key).get(case).status_code for key in pages] == [200, 404]


def test_the_record_is_taken_along_as_it_is_shown(
    session: Session, room: Room, client: FlaskClient, now: datetime
) -> None:
    """No cell is a formula, details are objects, and that it was taken is in it already; others get nothing."""
    person = session.get_one(Person, room.scene.id("clara"))
    person.name = "=HYPERLINK(1)"
    door = Door(client, session, now, room.scene.company.ids)
    assert [door.enter(key).post("/audit/file/csv").status_code for key in ("hanna", "ines", "greta")] == [404] * 3
    abel = door.enter("abel")
    table = abel.post("/audit/file/csv", data={"kind": "case.decide"})
    rows = list(csv.reader(io.StringIO(table.get_data().decode("utf-8-sig"))))
    assert [row[2:8] for row in rows[1:]] == [
        ["case.decide_promote", "Recorded the decision: promote", "'=HYPERLINK(1)", "", "", "2026A-001"]
    ]
    answer = abel.post("/audit/file/jsonl")
    lines = answer.get_data(as_text=True).splitlines()
    found = [json.loads(line) for line in lines]
    assert [each["seq"] for each in found] == list(range(1, len(found) + 1))
    assert (found[-1]["kind"], found[-1]["detail"]) == ("trail.export", {"format": "jsonl"})
    assert (found[-2]["kind"], found[-2]["detail"]) == ("trail.export", {"format": "csv", "kind": "case.decide"})
    assert found[-1]["mac"] == session.scalars(sa.select(AuditHead.mac)).one()


def test_the_auditor_asks_whether_the_record_is_whole(
    session: Session, room: Room, client: FlaskClient, now: datetime
) -> None:
    door = Door(client, session, now, room.scene.company.ids)
    assert [door.enter(key).get("/audit/whole").status_code for key in ("hanna", "ines")] == [404, 404]
    abel = door.enter("abel")
    kept = abel.get("/audit/anchor.json").get_data(as_text=True)
    assert kept in words(abel.get("/audit/whole"), "[aria-labelledby=end] code")
    end = json.loads(kept)["seq"]
    asked = abel.post("/audit/whole", data={"anchor": kept})
    assert words(asked, "#result").startswith(f"Whole: {end} events. It goes on from event {end} of the anchor.")
    told = abel.post("/audit/whole", data={"anchor": json.dumps({"seq": end, "mac": "0" * 64})})
    assert words(told, "#result").startswith(f"Cut or written anew: event {end} is another than the anchor's.")
    file = io.BytesIO(json.dumps({"seq": 9999, "mac": "0" * 64}).encode())
    far = abel.post("/audit/whole", data={"file": (file, "anchor.json")})
    assert words(far, "#result").startswith(f"Cut: {end + 2} events are left, the anchor knows 9999.")
    session.execute(sa.update(AuditEvent).where(AuditEvent.seq == 3).values(kind="case.look"))
    session.commit()
    assert words(abel.post("/audit/whole"), "#result").startswith("Broken at event 3")
    none = abel.post("/audit/whole", data={"anchor": "seq 3"})
    assert (none.status_code, faults(none)) == (422, ["This is no anchor."])
    checks = details_where(session, AuditEvent.kind == "trail.check")
    assert [each["status"] for each in checks] == [0, 2, 2, 1]


def test_nobody_who_saves_waits_while_the_record_is_read(
    session: Session, room: Room, client: FlaskClient, now: datetime
) -> None:
    """The check begins to write for the request and for the note of it, the file for both at once; all else is read."""
    abel, begun = Door(client, session, now, room.scene.company.ids).enter("abel"), []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        begun.append(statement)

    told = []
    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        for address in ("/audit/whole", "/audit/file/jsonl"):
            begun.clear()
            assert abel.post(address).get_data()
            told.append((begun.count("BEGIN IMMEDIATE"), begun.count("BEGIN")))
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert told == [(2, 3), (1, 3)]
