"""Cycles and nominations through a real client: forms keep what was typed, faults stand beside their fields."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import AuditEvent, Case, Committee, Cycle, CycleDate, OptOut, Person
from review.queries.nominations import MOST_OFFERED
from tests.factories import DATES, Scene, open_case_of
from tests.signed_in import Door, faults, listed, soup, words


def new_cycle(scene: Scene, **more: str) -> dict[str, str]:
    form = {"name": "Spring 2027", "code": "2027A", "zone": "Europe/Berlin", "country": "DE", "opening": "2027-03-01"}
    return {**form, "ladder": "1", "workflow-ic": "1", "workflow-people": "2", **more}


def test_the_set_up_proposes_a_workflow_for_each_track(door: Door) -> None:
    page = soup(door.enter("hanna").get("/cycles/new"))
    chosen = [option.get_text() for option in page.select("[name^=workflow-] option[selected]")]
    assert chosen == ["Promotion, individual contributor, 1", "Promotion, people manager, 1"]


def test_a_cycle_is_set_up_and_opened(session: Session, scene: Scene, door: Door) -> None:
    client = door.enter("hanna")
    answer = client.post("/cycles/new", data=new_cycle(scene))
    cycle = session.scalars(sa.select(Cycle).where(Cycle.code == "2027A")).one()
    url = f"/cycles/{cycle.id}"
    assert (answer.status_code, answer.location, cycle.state) == (303, f"{url}/set-up/calendar", "draft")
    days = session.execute(
        sa.select(CycleDate.name, CycleDate.on_day).where(CycleDate.cycle_id == cycle.id).order_by(CycleDate.on_day)
    )
    assert [(name, day.isoformat()) for name, day in days] == [
        ("nomination_deadline", "2027-03-15"),
        ("packet_deadline", "2027-04-05"),
        ("feedback_deadline", "2027-04-19"),
        ("calibration_date", "2027-05-10"),
        ("announcement_date", "2027-05-21"),
        ("effective_date", "2027-06-04"),
    ]
    assert "Nothing keeps it from being opened." in words(client.get(url), "[aria-labelledby=run]")
    answer = client.post(f"{url}/open")
    assert (answer.status_code, answer.location) == (303, url)
    session.refresh(cycle)
    assert cycle.state == "open"


def test_a_form_pressed_twice_sets_up_one_cycle(session: Session, scene: Scene, door: Door) -> None:
    """Another code in the same form is another cycle; the same code in another form is taken."""
    client = door.enter("hanna")
    key, other = (
        str(field["value"]) for field in soup(client.get("/cycles/new")).select("main input[name=request_key]")
    )
    presses = [("2027A", key), ("2027A", key), ("2027B", key), ("2027A", other)]
    answers = [client.post("/cycles/new", data=new_cycle(scene, code=code, request_key=of)) for code, of in presses]
    made = {row.code: row.id for row in session.scalars(sa.select(Cycle))}
    places = [f"/cycles/{made[code]}/set-up/calendar" for code in ("2027A", "2027A", "2027B")]
    assert [answer.location for answer in answers] == [*places, None]
    assert (answers[-1].status_code, len(made)) == (422, 3)
    of_makings = sa.select(sa.func.count()).where(AuditEvent.kind == "cycle.create")
    assert session.scalar(of_makings) == len(made)


def test_faults_stand_beside_their_fields_and_nothing_typed_is_lost(scene: Scene, door: Door) -> None:
    form = new_cycle(scene, code="2026A", zone="Mars", country="XQ")
    answer = door.enter("hanna").post("/cycles/new", data=form | {"workflow-ic": "2"})
    page = soup(answer)
    assert answer.status_code == 422
    beside = {
        str(found["id"]).removesuffix("-error"): " ".join(found.get_text().split())
        for found in page.select(".field .invalid-msg")
    }
    assert beside == {
        "code": "Error: A cycle with this code exists: expected another code",
        "zone": "Error: No such time zone: expected a name like Europe/Berlin",
        "country": "Error: The holidays of this country are not known: expected two letters",
    }
    assert page.select_one("#opening")["value"] == "2027-03-01"  # type: ignore[index]
    assert page.select_one("#workflow-ic option[selected]")["value"] == "2"  # type: ignore[index]


@pytest.mark.parametrize("key", ["iris", "greta", "abel", "ines"])
def test_set_up_is_for_hr(scene: Scene, door: Door, key: str) -> None:
    client = door.enter(key)
    addresses = ("/cycles/new", f"/cycles/{scene.cycle_id}/dates", f"/cycles/{scene.cycle_id}/nominate-all")
    assert [client.get(each).status_code for each in addresses] == [404] * 3
    assert client.post("/cycles/new", data=new_cycle(scene)).status_code == 404


def test_a_date_is_moved_after_a_look_at_what_it_touches(
    session: Session, scene: Scene, door: Door, now: datetime
) -> None:
    open_case_of(session, scene, "iris", "staff-pm", now)
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}/dates"
    page = client.get(url, query_string={"name": "nomination_deadline", "day": "2026-11-24"})
    assert "something in 1 running case would be due on another day" in words(page)
    assert (
        session.scalar(sa.select(CycleDate.on_day).where(CycleDate.name == "nomination_deadline"))
        == DATES["nomination_deadline"]
    )
    answer = client.post(url, data={"name": "nomination_deadline", "day": "2026-11-24"})
    assert (answer.status_code, answer.location) == (303, f"/cycles/{scene.cycle_id}")
    assert "The date has moved, and 1 case." in words(client.get(answer.location))
    nothing = {"name": "effective_date", "day": (DATES["effective_date"] + timedelta(days=1)).isoformat()}
    page = client.get(url, query_string=nothing)
    assert "nothing in a running case would be due on another day" in words(page)
    moved = words(client.post(url, data=nothing, follow_redirects=True))
    assert "The date has moved; nothing in a running case was due by it." in moved
    refused = client.post(url, data={"name": "nomination_deadline", "day": "2027-11-24"})
    assert (refused.status_code, len(faults(refused))) == (422, 1)
    assert soup(refused).select_one("#day")["value"] == "2027-11-24"  # type: ignore[index]


def test_everybody_is_nominated_after_a_look_at_who(session: Session, scene: Scene, door: Door) -> None:
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}/nominate-all"
    rows = listed(client.get(url), "tbody tr")
    assert rows[0] == "Ben Ito Product IC2 PM 2 to IC3 Senior PM"
    assert session.scalar(sa.select(sa.func.count()).select_from(Case)) == 0
    assert client.post(url).status_code == 303
    assert session.scalar(sa.select(sa.func.count()).select_from(Case)) == len(rows)
    assert words(client.get(url), ".empty b") == "Nobody is left to nominate"


def test_a_person_is_offered_the_moves_of_their_level(scene: Scene, door: Door) -> None:
    page = door.enter("iris").get(f"/cycles/{scene.cycle_id}/nominate")
    assert words(page, ".kicker a") == "Autumn 2026"
    assert listed(page, "#move .pick") == [
        "IC4 Staff PM Promotion to the next level",
        "M4 Group PM Promotion to the next level",
    ]
    client = door.enter("mats")
    url = f"/cycles/{scene.cycle_id}/nominate"
    assert listed(client.get(url), "#candidate-choice option") == [
        "Mats Oduya, Group PM",
        "Pavel Novak, Staff PM",
        "Ravi Menon, Principal PM",
    ]
    assert listed(client.get(url), "#move .pick") == []
    chosen = client.get(url, query_string={"candidate": scene.id("pavel")})
    assert "IC5 Principal PM Promotion to the next level" in listed(chosen, "#move .pick")
    assert client.get(url, query_string={"candidate": scene.id("iris")}).status_code == 404


def test_of_many_people_some_are_offered_and_the_others_are_found(session: Session, scene: Scene, door: Door) -> None:
    session.add_all(Person(external_id=f"x{n}", name=f"Abel {n:03d}") for n in range(MOST_OFFERED))
    session.commit()
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}/nominate"

    assert len(listed(client.get(url), "#candidate-choice option")) == MOST_OFFERED
    found = client.get(url, query_string={"words": "pavel"})
    assert "IC5 Principal PM Promotion to the next level" in listed(found, "#move .pick")
    nobody = client.get(url, query_string={"words": "nobody at all"})
    assert listed(nobody, ".empty b") == ["Nobody fits these words"]
    turned = client.get(url, query_string={"words": "\u202epavel\x00"})
    assert [box["value"] for box in soup(turned).select("#candidate-words")] == ["pavel"]
    chosen = client.get(url, query_string={"candidate": scene.id("pavel")})
    assert listed(chosen, "#candidate-choice option[selected]") == ["Pavel Novak, Staff PM"]


def test_a_nomination_sent_twice_opens_one_case(session: Session, scene: Scene, door: Door) -> None:
    client = door.enter("iris")
    form = {"candidate": scene.id("iris"), "move": "promotion:staff-pm", "reason": "Two launches.", "request_key": "k"}
    answers = [client.post(f"/cycles/{scene.cycle_id}/nominate", data=form) for _ in range(2)]
    assert [(each.status_code, each.location) for each in answers] == [(303, "/")] * 2
    case = session.scalars(sa.select(Case)).one()
    assert (case.to_level_id, case.nomination, case.nomination_reason) == ("staff-pm", "own", "Two launches.")


def test_a_refused_nomination_keeps_what_was_typed(session: Session, scene: Scene, door: Door) -> None:
    client, url = door.enter("iris"), f"/cycles/{scene.cycle_id}/nominate"
    form = {"candidate": scene.id("iris"), "move": "promotion:cpo", "reason": "Two launches.", "request_key": "k"}
    refused = client.post(url, data=form)
    assert refused.status_code == 422
    assert listed(refused, "#move .invalid-msg") == [
        "The ladder has no such move from Senior PM to Chief Product Officer"
    ]
    assert words(refused, "#reason") == "Two launches."
    assert client.post(url, data={**form, "move": "promotion:staff-pm"}).status_code == 303
    assert session.scalar(sa.select(sa.func.count()).select_from(Case)) == 1


def test_nothing_chosen_is_asked_for(scene: Scene, door: Door) -> None:
    refused = door.enter("mats").post(
        f"/cycles/{scene.cycle_id}/nominate", data={"candidate": scene.id("pavel"), "reason": "Why not."}
    )
    assert (refused.status_code, faults(refused)) == (422, ["Choose a level"])
    assert words(refused, "#reason") == "Why not."


def test_an_entry_asks_its_questions(session: Session, scene: Scene, door: Door) -> None:
    client, url = door.enter("otto"), f"/cycles/{scene.cycle_id}/nominate"
    page = client.get(url)
    first = str(soup(page).select_one("#move input")["value"])  # type: ignore[index]
    assert first.startswith("entry:")
    questions = [str(field["name"]) for field in soup(page).select("[name^=fit-]")]
    given = dict.fromkeys(questions[1:], "An answer.")
    refused = client.post(url, data={"candidate": scene.id("otto"), "move": first, **given})
    assert refused.status_code == 422
    assert faults(refused) == ["This question has no answer"]
    assert words(refused, f"#{questions[1]}") == "An answer."
    done = client.post(url, data={"candidate": scene.id("otto"), "move": first, **given, questions[0]: "Mine."})
    assert done.status_code == 303
    assert session.scalars(sa.select(Case.kind)).one() == "entry"


def test_each_question_of_the_nomination_has_a_field_of_its_own(scene: Scene, door: Door) -> None:
    page = soup(door.enter("iris").get(f"/cycles/{scene.cycle_id}/nominate"))
    asked = {label.get_text(" ", strip=True): label["for"] for label in page.select("main label.form-label")}
    assert asked == {"Why now (optional)": "reason", "Why not now": "why-not-now"}
    assert [len(page.select(f"#{field}")) for field in asked.values()] == [1, 1]


def test_not_now_and_back(session: Session, scene: Scene, door: Door) -> None:
    client, base = door.enter("iris"), f"/cycles/{scene.cycle_id}"
    refused = client.post(f"{base}/opt-out", data={"reason": "  "})
    assert (refused.status_code, faults(refused)) == (422, ["Say why, in a sentence or two"])
    assert client.post(f"{base}/opt-out", data={"reason": "A year at home."}).status_code == 303
    assert words(client.get(f"{base}/nominate"), "[aria-labelledby=not-now] blockquote") == "A year at home."
    assert client.post(f"{base}/opt-in").status_code == 303
    assert session.scalars(sa.select(OptOut)).all() == []


def test_the_cycle_counts_its_cases_by_stage_for_hr(session: Session, scene: Scene, door: Door, now: datetime) -> None:
    for key, level in (("iris", "staff-pm"), ("ben", "senior-pm")):
        open_case_of(session, scene, key, level, now)
    url = f"/cycles/{scene.cycle_id}"
    assert listed(door.enter("hanna").get(url), "[aria-labelledby=stages] tbody tr") == ["Nominated 2 0"]
    assert listed(door.enter("iris").get(url), "tbody tr") == []


def test_a_few_committees_are_named_and_many_are_counted(session: Session, scene: Scene, door: Door) -> None:
    def fixed() -> str:
        page = soup(door.enter("hanna").get(f"/cycles/{scene.cycle_id}"))
        (told,) = (each for each in page.select("dt + dd") if each.find_previous("dt").text == "Committees")
        return " ".join(told.get_text(" ").split())

    known = session.scalars(sa.select(Committee.name).where(Committee.cycle_id == scene.cycle_id)).all()
    session.add_all(Committee(cycle_id=scene.cycle_id, name=f"X{n}") for n in range(10 - len(known)))
    session.commit()
    assert fixed().endswith("X8 (0)")
    session.add(Committee(cycle_id=scene.cycle_id, name="X9"))
    session.commit()
    assert fixed() == "11"


def test_a_closed_cycle_tells_nobody_to_nominate(scene: Scene, door: Door) -> None:
    url = f"/cycles/{scene.cycle_id}"
    assert words(door.enter("iris").get(url), ".stack > .note") == (
        "What you can do here Nominate yourself or somebody who reports to you. "
        "What waits for you is on your home page."
    )
    assert door.enter("hanna").post(f"{url}/close").status_code == 303
    kept = ["Committees", "Requests for feedback", "Insight", "Letters and release"]
    assert listed(door.enter("hanna").get(url), "[aria-labelledby=run] a") == kept
    closed = door.enter("iris").get(url)
    assert words(closed, ".stack > .note") == (
        "This cycle is closed Nobody is nominated in it any more. "
        "Its cases, and their letters, stay open to whoever could read them."
    )
    assert listed(closed, ".case-head .btn") == []
