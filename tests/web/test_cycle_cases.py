"""The cases of a cycle through a real client: where they stand, narrowed, page by page, and as a table."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Case, CaseToken, Person
from tests.factories import Scene, open_case_of, open_scene
from tests.signed_in import Door, listed, words


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return an open cycle with three cases; Iris's is late, Ben's alone has a committee."""
    scene = open_scene(session, now)
    _, iris, pavel = (
        open_case_of(session, scene, who, level, now)
        for who, level in (("ben", "senior-pm"), ("iris", "staff-pm"), ("pavel", "principal-pm"))
    )
    iris.committee_id = pavel.committee_id = None
    session.scalars(sa.select(CaseToken).where(CaseToken.case_id == iris.id)).one().due_at = now - timedelta(days=1)
    return scene


@pytest.fixture
def door(client: FlaskClient, session: Session, scene: Scene, now: datetime) -> Door:
    return Door(client, session, now, scene.company.ids)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("narrowing", "found"),
    [
        ({}, ["Ben Ito", "Iris Vance", "Pavel Novak"]),
        ({"words": "iris PRODUCT"}, ["Iris Vance"]),
        ({"words": "2026A-003"}, ["Pavel Novak"]),
        ({"words": "%"}, []),
        ({"late": "y"}, ["Iris Vance"]),
        ({"stage": "nominated"}, ["Ben Ito", "Iris Vance", "Pavel Novak"]),
        ({"stage": "sealed"}, []),
        ({"committee": "1"}, ["Ben Ito"]),
        ({"committee": "99999999999"}, ["Ben Ito", "Iris Vance", "Pavel Novak"]),
        ({"page": "7"}, ["Ben Ito", "Iris Vance", "Pavel Novak"]),
        ({"page": "x"}, ["Ben Ito", "Iris Vance", "Pavel Novak"]),
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


def test_the_page_says_how_many_stand_where_and_how_many_of_them_fit(scene: Scene, door: Door) -> None:
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}"
    page = client.get(url, query_string={"late": "y"})
    assert listed(page, "#stages ~ * tbody tr, section:has(#stages) tbody tr") == ["Nominated 3 1"]
    assert words(page, "section:has(#cases) header") == "Cases 1 of 3 cases"
    assert words(client.get(url, query_string={"words": "nobody"}), "section:has(#cases) .empty b") == "No case fits"


def test_the_table_names_move_stage_day_and_committee(scene: Scene, door: Door) -> None:
    answer = door.enter("hanna").get(f"/cycles/{scene.cycle_id}/cases.csv", query_string={"words": "ben"})
    assert answer.headers["Content-Disposition"] == f'attachment; filename="cases-{scene.cycle_id}.csv"'
    assert answer.text.lstrip("\ufeff").splitlines() == [
        "Case,Candidate,Function,From,To,Stage,Until,Committee",
        "2026A-001,Ben Ito,Product,PM 2,Senior PM,Nominated,2026-11-20,Committee A",
    ]


def test_a_long_list_comes_in_pages(session: Session, scene: Scene, door: Door, now: datetime) -> None:
    known = session.scalars(sa.select(Case).order_by(Case.id)).first()
    assert known is not None
    for number in range(60):
        person = Person(external_id=f"x{number}", name=f"Extra {number:02}", email=f"x{number}@example.org", title="")
        session.add(person)
        session.flush()
        kept = {column.key: getattr(known, column.key) for column in sa.inspect(Case).column_attrs}
        kept |= {"id": None, "code": f"2026A-1{number:02}", "candidate_id": person.id}
        session.add(Case(**kept))
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}"
    first, second = client.get(url), client.get(url, query_string={"page": "2"})
    assert (len(listed(first, "tr[data-item]")), len(listed(second, "tr[data-item]"))) == (50, 13)
    assert (words(first, ".pager .num"), words(second, ".pager .num")) == ("1 to 50 of 63", "51 to 63 of 63")
    assert len(client.get(f"{url}/cases.csv").text.splitlines()) == 64


@pytest.mark.parametrize("key", ["iris", "greta", "abel", "ines"])
def test_the_cases_of_a_cycle_are_for_hr(scene: Scene, door: Door, key: str) -> None:
    client, url = door.enter(key), f"/cycles/{scene.cycle_id}"
    assert client.get(f"{url}/cases.csv").status_code == 404
    page = client.get(url, query_string={"words": "Ben"})
    assert (listed(page, "tr[data-item]"), listed(page, "#cases, #stages")) == ([], [])
