"""A manager's people and their cases."""

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from review.models import Case, Person, Seat
from review.services.sign_ins import open_sign_in
from review.web.guards import SEEN, TOKEN
from tests.factories import open_case_of


@pytest.fixture
def read(client, session, scene, now):
    def rows(key):
        token = open_sign_in(session, scene.id(key), now=now)
        session.commit()
        with client.session_transaction() as kept:
            kept[TOKEN], kept[SEEN] = token, int(now.timestamp())
        page = BeautifulSoup(client.get("/team").get_data(as_text=True), "html.parser")
        return [[" ".join(cell.stripped_strings) for cell in row.select("th, td")] for row in page.select("tbody tr")]

    return rows


def test_a_manager_sees_their_people_and_where_their_cases_are(read, session, scene, now):
    open_case_of(session, scene, "iris", "staff-pm", now)
    assert read("greta") == [
        ["BI Ben Ito PM", "none", "–", "–"],
        ["CD Cora Diaz PM", "none", "–", "–"],
        ["FB Finn Berg PM", "none", "–", "–"],
        ["IV Iris Vance Senior PM", "2026A-001 Autumn 2026", "Nominated", "Fri 20 Nov in 4 days"],
    ]
    assert read("otto") == []


def test_what_is_decided_reads_as_the_discussion_until_it_is_told(read, session, scene, now):
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    session.execute(sa.update(Case).where(Case.id == case.id).values(state="decided", phase="decided"))
    assert read("greta")[3][2:] == ["Committee discusses", "–"]


def test_more_people_cost_no_more_statements(read, session, scene, now, statements):
    open_case_of(session, scene, "iris", "staff-pm", now)
    read("greta")
    with statements() as few:
        read("greta")
    for key, level in (("ben", "senior-pm"), ("cora", "senior-pm")):
        open_case_of(session, scene, key, level, now)
    read("greta")
    with statements() as many:
        read("greta")
    assert len(many) == len(few)


def test_a_case_of_before_is_not_told_to_a_new_manager_unless_it_came_to_its_seal(read, session, scene, now):
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    session.execute(sa.update(Person).where(Person.id == scene.id("iris")).values(manager_id=scene.id("mats")))
    iris = "IV Iris Vance Senior PM"
    for phase, known in (("collecting", False), ("closed", False), ("sealed", True)):
        session.execute(sa.update(Case).where(Case.id == case.id).values(phase=phase))
        session.commit()
        assert (case.code in read("mats")[0][1], read("mats")[0][0]) == (known, iris)
    session.add(Seat(case_id=case.id, person_id=scene.id("clara"), state="closed", entered_at=now))
    session.execute(sa.update(Case).where(Case.id == case.id).values(phase="closed"))
    session.commit()
    assert read("mats")[0][:2] == [iris, "2026A-001 Autumn 2026"]
