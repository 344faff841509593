"""The board of a cycle's requests through a real client: narrowing, the trial, what is done, the table."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from bench.many_cases import copy_row
from review.models import Case, Feedback, Message, Person
from review.services.feedback import Proposal, propose_givers
from review.services.transitions import fire
from tests.conftest import Statements
from tests.factories import Scene, open_case_of
from tests.signed_in import Door, listed, soup, words


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    proposal = Proposal((scene.id("erin"), scene.id("dev")))
    propose_givers(session, case.id, proposal, actor=scene.actor("hanna"), now=now)
    session.commit()
    return case


def board(scene: Scene) -> str:
    return f"/cycles/{scene.cycle_id}/feedback"


def test_the_list_and_its_table(door: Door, session: Session, scene: Scene, case: Case) -> None:
    session.get_one(Person, scene.id("erin")).name = "=SUM(1) Erin"
    hr = door.enter("hanna")
    assert listed(hr.get(board(scene)), "tbody tr th") == ["=SUM(1) Erin Engineering", "Dev Banerjee Design"]
    assert listed(hr.get(f"{board(scene)}?function=Design"), "tbody tr th") == ["Dev Banerjee Design"]
    answer = hr.get(f"{board(scene)}.csv?function=Engineering")
    name = f"feedback-{scene.cycle_id}_function-engineering_2026-11-16.csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.get_data().decode("utf-8-sig").splitlines() == [
        "Case,Candidate,Giver,Function,State,Due,Days late",
        "2026A-001,Ben Ito,'=SUM(1) Erin,Engineering,Asked,2026-11-23,0",
    ]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("narrowing", "found"),
    [
        ("", ["Erin Malik", "Dev Banerjee"]),
        ("?sort=giver", ["Dev Banerjee", "Erin Malik"]),
        ("?sort=candidate", ["Erin Malik", "Dev Banerjee"]),
        ("?sort=state", ["Dev Banerjee", "Erin Malik"]),
        ("?state=writing", ["Erin Malik"]),
        ("?late=y", ["Erin Malik"]),
        ("?function=Design&state=writing", []),
    ],
)
def test_the_list_is_narrowed_and_sorted(
    door: Door, session: Session, scene: Scene, case: Case, now: datetime, narrowing: str, found: list[str]
) -> None:
    rows = {row.giver_id: row for row in session.scalars(sa.select(Feedback))}
    late = rows[scene.id("erin")]
    late.state, late.due_at = "writing", now - timedelta(days=2)
    rows[scene.id("dev")].state = "submitted"
    client = door.enter("hanna")
    names = [each.contents[0] for each in soup(client.get(board(scene) + narrowing)).select("tbody tr th")]
    table = client.get(board(scene).replace("feedback", "feedback.csv") + narrowing).text.splitlines()[1:]
    assert (names, [line.split(",")[2] for line in table]) == (found, found)


@pytest.mark.both_databases
def test_a_long_list_comes_in_pages_in_as_many_statements_as_a_short_one(
    door: Door, session: Session, scene: Scene, case: Case, statements: Statements
) -> None:
    client = door.enter("hanna")
    with statements() as short:
        client.get(board(scene))
    asked, dev = Feedback.giver_id == scene.id("erin"), scene.id("dev")
    person = [{"external_id": f"x{each}", "name": f"Extra {each:02}", "email": None} for each in range(60)]
    givers = copy_row(session, Person, Person.id == dev, person)
    copy_row(session, Feedback, asked, [{"giver_id": giver} for giver in givers])
    session.commit()
    with statements() as long:
        first = client.get(board(scene))
    second = client.get(f"{board(scene)}?page=2")
    assert (len(short), len(long)) == (4, 4)
    assert [len(listed(page, "tbody tr")) for page in (first, second)] == [50, 12]
    assert words(second, ".pager .num") == "51 to 62 of 62"
    assert words(first, "section:has(#requests) header") == "62 requests 0 late"


def test_each_row_has_what_is_its_own_whatever_signs_names_have(
    door: Door, session: Session, scene: Scene, case: Case
) -> None:
    names = {"erin": "%(giver)s <b>&amp;", "dev": "100% Dev"}
    for key, name in names.items():
        session.get_one(Person, scene.id(key)).name = name
    page = soup(door.enter("hanna").get(f"{board(scene)}?sort=giver"))
    rows = page.select("tbody tr")
    assert [row.select_one("th").contents[0] for row in rows] == [names["erin"], names["dev"]]  # type: ignore[union-attr]
    assert [row.select_one("td a")["href"] for row in rows] == [f"/cases/{case.id}/ask"] * 2  # type: ignore[index]
    numbers = [session.scalars(sa.select(Feedback.id).where(Feedback.giver_id == scene.id(key))).one() for key in names]
    sent = [[each["value"] for each in row.select("[name=only]")] for row in rows]
    assert sent == [[str(number)] * 2 for number in numbers]
    assert [each["id"] for each in page.select("[type=date][id^=until-]")] == [f"until-{each}" for each in numbers]
    keys = [each["value"] for each in page.select("tbody [name=request_key]")]
    assert (len(keys), len(set(keys))) == (4, 4)
    assert {each["value"] for each in page.select("tbody [name=sort]")} == {"giver"}


def test_nobody_else_finds_it(door: Door, scene: Scene, case: Case) -> None:
    for key in ("greta", "ben", "erin", "abel", "ines"):
        client = door.enter(key)
        assert [client.get(f"{board(scene)}{end}").status_code for end in ("", ".csv")] == [404, 404]
        assert client.post(f"{board(scene)}/remind").status_code == 404


def test_a_trial_first_then_all(door: Door, session: Session, scene: Scene, case: Case) -> None:
    hr = door.enter("hanna")
    one = session.scalars(sa.select(Feedback.id).where(Feedback.giver_id == scene.id("dev"))).one()
    answer = hr.post(f"{board(scene)}/remind", data={"only": one}, follow_redirects=True)
    assert listed(answer, ".flashes p") == ["Done for 1 request."]
    trial = words(hr.get(f"{board(scene)}?step=remind"), "#trial")
    assert trial == (
        "Remind: nothing is done yet It would be done for 1 request. "
        "Not for 1: Reminded today already Yes: do it for 1 request"
    )
    assert session.scalar(sa.select(sa.func.count()).where(Message.template == "feedback_nudge")) == 1
    answer = hr.post(f"{board(scene)}/remind", data={}, follow_redirects=True)
    assert listed(answer, ".flashes p") == [
        "Done for 1 request.",
        "Not done for 1 request: Reminded today already.",
    ]
    answer = hr.post(f"{board(scene)}/extend", data={"until": "2026-12-01"}, follow_redirects=True)
    assert listed(answer, ".flashes p") == ["Done for 2 requests."]
    assert hr.post(f"{board(scene)}/burn").status_code == 404


def test_what_is_typed_into_the_address_is_no_fault(door: Door, app: Flask, scene: Scene, case: Case) -> None:
    hr = door.enter("hanna")
    odd = "?page=999999999999&sort=x&state=%00&function=%F0%9F%8C%B1&until=never&step=burn&only=x"
    assert hr.get(board(scene) + odd).status_code == 200
