"""The cases of a cycle through a real client: where they stand, narrowed, page by page, and as a table."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.board import Party
from review.models import Case, CaseToken, Feedback, PanelScore, Person, Seat
from review.queries.case_table import read_case_table
from review.queries.cycle_cases import load_cycle_cases
from review.queries.cycle_narrowing import CaseSearch
from review.services.transitions import fire
from tests.conftest import Statements
from tests.factories import Scene, open_case_of, open_scene
from tests.signed_in import Door, listed, soup, words


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return an open cycle with three cases: Iris's is late, Pavel's has not moved, Ben's alone has a committee."""
    scene = open_scene(session, now)
    _, iris, pavel = (
        open_case_of(session, scene, who, level, now)
        for who, level in (("ben", "senior-pm"), ("iris", "staff-pm"), ("pavel", "principal-pm"))
    )
    iris.committee_id = pavel.committee_id = None
    session.scalars(sa.select(CaseToken).where(CaseToken.case_id == iris.id)).one().due_at = now - timedelta(days=1)
    pavel.moved_at = now - timedelta(days=16)
    session.scalars(sa.select(CaseToken).where(CaseToken.case_id == pavel.id)).one().entered_at = now - timedelta(
        days=20
    )
    return scene


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("narrowing", "found"),
    [
        ({}, ["Iris Vance", "Pavel Novak", "Ben Ito"]),
        ({"words": "iris PRODUCT"}, ["Iris Vance"]),
        ({"words": "2026A-003"}, ["Pavel Novak"]),
        ({"words": "%"}, []),
        ({"late": "y"}, ["Iris Vance"]),
        ({"stalled": "y"}, ["Iris Vance", "Pavel Novak"]),
        ({"sort": "candidate"}, ["Ben Ito", "Iris Vance", "Pavel Novak"]),
        ({"sort": "-candidate"}, ["Pavel Novak", "Iris Vance", "Ben Ito"]),
        ({"sort": "move"}, ["Ben Ito", "Iris Vance", "Pavel Novak"]),
        ({"sort": "-move"}, ["Pavel Novak", "Iris Vance", "Ben Ito"]),
        ({"sort": "-stage"}, ["Iris Vance", "Ben Ito", "Pavel Novak"]),
        ({"sort": "age"}, ["Pavel Novak", "Iris Vance", "Ben Ito"]),
        ({"sort": "until"}, ["Iris Vance", "Ben Ito", "Pavel Novak"]),
        ({"sort": "-until"}, ["Ben Ito", "Pavel Novak", "Iris Vance"]),
        ({"sort": "committee"}, ["Ben Ito", "Iris Vance", "Pavel Novak"]),
        ({"sort": "shoe size"}, ["Iris Vance", "Pavel Novak", "Ben Ito"]),
        ({"stage": "nominated"}, ["Iris Vance", "Pavel Novak", "Ben Ito"]),
        ({"stage": "sealed"}, []),
        ({"committee": "1"}, ["Ben Ito"]),
        ({"committee": "99999999999"}, ["Iris Vance", "Pavel Novak", "Ben Ito"]),
        ({"page": "7"}, ["Iris Vance", "Pavel Novak", "Ben Ito"]),
        ({"page": "x"}, ["Iris Vance", "Pavel Novak", "Ben Ito"]),
    ],
)
def test_the_list_and_the_table_hold_the_cases_that_fit(
    scene: Scene, door: Door, narrowing: dict[str, str], found: list[str]
) -> None:
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}"
    page = client.get(url, query_string=narrowing)
    assert listed(page, "tr[data-item] th a") == found
    rows = list(csv.reader(io.StringIO(client.get(f"{url}/cases.csv", query_string=narrowing).text.lstrip("\ufeff"))))
    assert [row[1] for row in rows[1:]] == found


@pytest.mark.both_databases
@pytest.mark.parametrize("word", ["%", "_", "\\", "/", "o\\N", "60_%", "%/", "(vance)", "é", "É"])
def test_a_sign_that_means_others_in_a_pattern_is_found_as_it_is(
    session: Session, scene: Scene, door: Door, word: str
) -> None:
    iris = session.scalars(sa.select(Person).where(Person.name == "Iris Vance")).one()
    iris.name = "O\\Néill 60_%/ (Vance)"
    client = door.enter("hanna")
    assert listed(client.get(f"/cycles/{scene.cycle_id}", query_string={"words": word}), "tr[data-item] th a") == [
        iris.name
    ]


def test_the_page_says_how_many_stand_where_and_how_many_of_them_fit(scene: Scene, door: Door) -> None:
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}"
    page = client.get(url, query_string={"late": "y"})
    assert listed(page, "#stages ~ * tbody tr, section:has(#stages) tbody tr") == ["Nominated 3 1"]
    assert words(page, "section:has(#cases) header") == "Cases 1 of 3 cases"
    assert words(client.get(url, query_string={"words": "nobody"}), "section:has(#cases) .empty b") == "No case fits"


def test_the_table_names_move_stage_turn_day_and_committee(scene: Scene, door: Door) -> None:
    answer = door.enter("hanna").get(f"/cycles/{scene.cycle_id}/cases.csv", query_string={"words": "ben ito"})
    name = "cases-2026a_name-case-title-or-function-ben-ito_2026-11-16.csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.text.lstrip("\ufeff").splitlines() == [
        "Case,Candidate,Function,From,To,Stage,Whose turn,Days in the stage,Stands still,Until,Days late,Committee",
        "2026A-001,Ben Ito,Product,PM 2,Senior PM,Nominated,HR,0,,2026-11-20,0,Committee A",
    ]


def test_the_workbook_says_what_was_narrowed_when_and_by_whom(scene: Scene, door: Door) -> None:
    answer = door.enter("hanna").get(f"/cycles/{scene.cycle_id}/cases.xlsx", query_string={"late": "y", "sort": "age"})
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == ["Cases of Autumn 2026", "About"]
    cases, about = (list(page.values) for page in book.worksheets)
    assert [row[1] for row in cases] == ["Candidate", "Iris Vance"]
    assert about == [
        ("List", "Cases of Autumn 2026"),
        ("Sorted by", "In the stage since"),
        ("Late only", "yes"),
        ("Rows", 1),
        ("Made", "16 Nov 2026, 09:00"),
        ("Made by", "Hanna Ruiz"),
    ]


def test_each_row_says_for_how_long_it_is_where_it_is_and_whose_turn_it_is(scene: Scene, door: Door) -> None:
    page = door.enter("hanna").get(f"/cycles/{scene.cycle_id}", query_string={"sort": "candidate"})
    assert listed(page, "tr[data-item] td[data-l='In it for']") == ["0 days", "0 days", "20 days"]
    assert listed(page, "tr[data-item] td[data-l='Whose turn']") == ["HR", "HR", "HR"]
    assert listed(page, "tr[data-item] .tag.warn") == ["stands still", "stands still"]


def test_list_and_table_name_who_has_the_turn_in_each_of_the_cases_that_stand_alike(
    session: Session, scene: Scene, door: Door, now: datetime
) -> None:
    for key in ("ben", "iris"):
        case = session.scalars(sa.select(Case).where(Case.candidate_id == scene.id(key))).one()
        fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}"
    rows = csv.reader(io.StringIO(client.get(f"{url}/cases.csv", query_string={"sort": "candidate"}).text))
    shown = listed(client.get(url, query_string={"sort": "candidate"}), "td[data-l='Whose turn'] bdi")
    assert [row[6] for row in rows][1:] == ["Ben Ito; Greta Holm; HR", "Iris Vance; Greta Holm; HR", "HR"]
    assert shown == ["Ben Ito", "Greta Holm", "Iris Vance", "Greta Holm"]


def test_names_stand_in_the_list_as_they_are_written_whatever_signs_they_have(
    session: Session, scene: Scene, door: Door, now: datetime
) -> None:
    case = session.scalars(sa.select(Case).where(Case.candidate_id == scene.id("ben"))).one()
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    ben, greta = "100 % <b>Ben</b> %s {x}", "Greta & <i>Holm</i> %d"
    session.get_one(Person, scene.id("ben")).name = ben
    session.get_one(Person, scene.id("greta")).name = greta
    session.get_one(Person, scene.id("greta")).is_active = False
    page = door.enter("hanna").get(f"/cycles/{scene.cycle_id}", query_string={"words": "ben"})
    assert listed(page, "tr[data-item] th a") == [ben]
    assert listed(page, "td[data-l='Whose turn'] div") == [
        f"{ben} the candidate",
        f"{greta} has left the manager",
        "HR",
    ]
    assert [box["aria-label"] for box in soup(page).select("tr[data-item] input")] == [f"Choose {ben}"]


def test_each_row_leads_to_its_case(session: Session, scene: Scene, door: Door) -> None:
    page = door.enter("hanna").get(f"/cycles/{scene.cycle_id}", query_string={"sort": "candidate"})
    cases = session.execute(
        sa.select(Person.name, Case.id).join(Case, Case.candidate_id == Person.id).order_by(Person.name)
    )
    found = [(link.text, link["href"]) for link in soup(page).select("tr[data-item] th a")]
    assert found == [(name, f"/cases/{number}") for name, number in cases]
    chosen = [box["value"] for box in soup(page).select("tr[data-item] input")]
    assert chosen == [href.rpartition("/")[2] for _name, href in found]


@pytest.mark.both_databases
def test_each_row_knows_who_has_a_seat_and_who_has_still_to_score(
    session: Session, scene: Scene, now: datetime
) -> None:
    case = session.scalars(sa.select(Case).where(Case.candidate_id == scene.id("ben"))).one()
    for key, role, state in (("erin", "member", "seated"), ("dario", "chair", "read"), ("mats", "deputy", "seated")):
        session.add(Seat(case_id=case.id, person_id=scene.id(key), role=role, state=state, entered_at=now))
    session.add(PanelScore(case_id=case.id, person_id=scene.id("abel")))
    session.add(PanelScore(case_id=case.id, person_id=scene.id("mats"), value=3, scored_at=now))
    session.get_one(Person, scene.id("dario")).is_active = False
    session.flush()
    names = dict(session.execute(sa.select(Person.id, Person.name)).all())

    def party(key: str, state: str = "", *, is_here: bool = True) -> Party:
        return Party(scene.id(key), names[scene.id(key)], is_here, state)

    zone, wanted = ZoneInfo("Europe/Berlin"), CaseSearch(words="ben")
    found = load_cycle_cases(session, scene.cycle_id, scene.actor("hanna"), wanted, today=now.date(), zone=zone)
    [turn] = [line.turn for line in found.lines]
    assert turn is not None
    chair = party("dario", "read", is_here=False)
    assert {role: set(people) for role, people in turn.people.items()} == {
        "candidate": {party("ben")},
        "manager": {party("greta")},
        "chair": {chair},
        "member": {chair, party("erin", "seated")},
        "panelist": {party("abel")},
    }


@pytest.mark.both_databases
@pytest.mark.parametrize("narrowing", [CaseSearch(sort="candidate"), CaseSearch(words="2026A", sort="candidate")])
def test_a_table_names_who_has_still_to_act_answer_and_score_in_each_case(
    session: Session, scene: Scene, now: datetime, narrowing: CaseSearch
) -> None:
    ben, iris, pavel = session.scalars(sa.select(Case).order_by(Case.id)).all()
    places = {ben: ("feedback", "asking"), iris: ("panel", "scheduled"), pavel: ("panel", "scheduled")}
    for case, (region, state) in places.items():
        session.scalars(sa.select(CaseToken).where(CaseToken.case_id == case.id)).one().state = "reading"
        session.add(CaseToken(case_id=case.id, region=region, state=state, entered_at=now))
    for key, state in (("otto", "read"), ("erin", "seated"), ("dario", "seated")):
        session.add(Seat(case_id=ben.id, person_id=scene.id(key), role="member", state=state, entered_at=now))
        session.add(PanelScore(case_id=iris.id, person_id=scene.id(key)))
    asked = {"case_id": ben.id, "kind": "peer", "function": "Design", "entered_at": now}
    for key, state in (("abel", "asked"), ("ines", "asked"), ("mats", "submitted")):
        session.add(Feedback(**asked, giver_id=scene.id(key), state=state))
    session.flush()
    zone = ZoneInfo("Europe/Berlin")
    rows = read_case_table(session, scene.cycle_id, scene.actor("hanna"), narrowing, today=now.date(), zone=zone)
    told = [
        [(each.role, [who.name for who in each.people], str(each.words or "")) for each in alike.holders]
        for *_, alike in rows
    ]
    assert told == [
        [("member", ["Dario Amato", "Erin Malik"], "2 have still to act"), ("giver", [], "2 answers to come")],
        [("chair", [], ""), ("panelist", ["Dario Amato", "Erin Malik", "Otto Nagy"], "")],
        [("chair", [], "")],
    ]


def test_a_long_list_comes_in_pages_and_a_long_table_in_as_many_statements_as_a_short_one(
    session: Session, scene: Scene, door: Door, statements: Statements
) -> None:
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}"
    with statements() as short:
        client.get(f"{url}/cases.csv")
    known = session.scalars(sa.select(Case).order_by(Case.id)).first()
    assert known is not None
    for number in range(60):
        person = Person(external_id=f"x{number}", name=f"Extra {number:02}", email=f"x{number}@example.org", title="")
        session.add(person)
        session.flush()
        kept = {column.key: getattr(known, column.key) for column in sa.inspect(Case).column_attrs}
        kept |= {"id": None, "code": f"2026A-1{number:02}", "candidate_id": person.id}
        session.add(Case(**kept))
    first, second = client.get(url), client.get(url, query_string={"page": "2"})
    assert (len(listed(first, "tr[data-item]")), len(listed(second, "tr[data-item]"))) == (50, 13)
    assert (words(first, ".pager .num"), words(second, ".pager .num")) == ("1 to 50 of 63", "51 to 63 of 63")
    with statements() as long:
        assert len(client.get(f"{url}/cases.csv").text.splitlines()) == 64
    assert (len(short), len(long)) == (3, 3)


@pytest.mark.parametrize("key", ["iris", "greta", "abel", "ines"])
def test_the_cases_of_a_cycle_are_for_hr(scene: Scene, door: Door, key: str) -> None:
    client, url = door.enter(key), f"/cycles/{scene.cycle_id}"
    assert client.get(f"{url}/cases.csv").status_code == 404
    page = client.get(url, query_string={"words": "Ben"})
    assert (listed(page, "tr[data-item]"), listed(page, "#cases, #stages")) == ([], [])


def test_a_view_is_kept_under_a_name_of_ones_own_and_dropped(scene: Scene, door: Door) -> None:
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}"
    data = {"name": " Late ones ", "late": "y", "sort": "-age"}
    assert client.post(f"{url}/views", data=data).headers["Location"] == f"{url}?late=y&sort=-age#cases"
    [link] = [each for each in soup(client.get(url)).select("a") if each.get_text() == "Late ones"]
    assert link["href"] == f"{url}?late=y&sort=-age#cases"
    assert listed(client.get(str(link["href"])), "tr[data-item] th a") == ["Iris Vance"]
    client.post(f"{url}/views", data={"name": "Late ones", "stalled": "y"})
    views = [each["href"] for each in soup(client.get(url)).select("a") if each.get_text() == "Late ones"]
    assert views == [f"{url}?stalled=y#cases"]
    assert words(client.post(f"{url}/views", data={"name": " "}, follow_redirects=True), ".flashes") == (
        "Give the view a name"
    )
    other = door.enter("hugo")
    assert "Late ones" not in other.get(url).text
    assert other.post(f"{url}/views/1/drop").status_code == 404
    client = door.enter("hanna")
    assert client.post(f"{url}/views/1/drop").status_code == 303
    assert "Late ones" not in client.get(url).text
