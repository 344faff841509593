"""Groups to compare: none until HR says what for, one column of a file, figures of five or more, taken away whole."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.models import AuditEvent, GroupAttribute, GroupValue, Person
from review.queries.bundle import gather_bundle
from review.services.privacy_person import erase_rows
from tests.announced import Plan, announce
from tests.factories import Scene, open_scene
from tests.signed_in import listed, soup, words
from tests.trail import detail_of

HOURS = {
    "name": "Working hours",
    "column": "Hours",
    "purpose": "Whether fewer hours cost a promotion.",
    "agreed_in": "Works agreement of 3 May",
}
PLANS = [Plan("Product" if k % 2 else "Data", is_promoted=k % 3 > 0) for k in range(16)]
Enter = Callable[[str], FlaskClient]


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return the company with sixteen announced cases; those of A0 to A5 work part time."""
    scene = open_scene(session, now)
    announce(session, scene, PLANS, now)
    return scene


def people_file(part_time: int, *more: str) -> str:
    """Return a people file in which the first few of the sixteen work part time, and one works no hours at all."""
    lines = [f"A{k},Person {k:02},{'part time' if k < part_time else 'full time'}" for k in range(15)]
    return "\n".join(("external_id,name,Hours", *lines, "A15,Person 15,", "nobody,Nobody,part time", *more))


def fill(client: FlaskClient, csv: str, number: int = 1) -> TestResponse:
    """Send a file for an attribute."""
    sent = {f"a{number}-file": (io.BytesIO(csv.encode()), "people.csv")}
    return client.post(f"/groups/{number}/file", data=sent, content_type="multipart/form-data")


def rows_of(client: FlaskClient, url: str) -> list[list[str]]:
    """Return name and count of each group in the last stage of fairness."""
    rows = soup(client.get(url)).select("[aria-labelledby=t-promoted] tbody tr")
    return [[" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")[:2]] for row in rows]


@pytest.mark.both_databases
def test_groups_are_compared_by_what_hr_says(session: Session, scene: Scene, enter: Enter) -> None:
    """Off until a file is there; a group of fewer than five is hidden, and another with it."""
    url, hanna = f"/cycles/{scene.cycle_id}/insight", enter("hanna")
    assert [option["value"] for option in soup(hanna.get(url)).select("#by option")] == ["function", "country"]
    assert hanna.post("/groups", data=HOURS).status_code == 303
    assert [option["value"] for option in soup(hanna.get(url)).select("#by option")] == ["function", "country"]
    assert fill(hanna, people_file(6)).status_code == 303
    told = words(hanna.get("/groups"))
    assert "15 people have a group now. 1 row names nobody here." in told
    options = soup(hanna.get(f"{url}?by=g1")).select("#by option")
    assert [(option["value"], option.get_text()) for option in options][2:] == [("g1", "Working hours")]
    assert "Fairness by stage: Working hours" in listed(hanna.get(f"{url}?by=g1"), "h2")
    assert rows_of(hanna, f"{url}?by=g1") == [["full time", "6 of 9"]]  # whose group is not said hides one more group
    fill(hanna, people_file(6).replace("A15,Person 15,", "A15,Person 15,full time"))
    assert rows_of(hanna, f"{url}?by=g1") == [["full time", "6 of 10"], ["part time", "4 of 6"]]
    fill(hanna, people_file(4).replace("A15,Person 15,", "A15,Person 15,full time"))
    assert rows_of(hanna, f"{url}?by=g1") == []
    kinds = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind.like("group.%")).order_by(AuditEvent.seq)).all()
    assert [event.kind for event in kinds] == ["group.make", *["group.fill"] * 3]
    assert detail_of(session, kinds[1]) == {"name": "Working hours", "people": 15}


def test_what_cannot_be_compared_is_said_and_kept_nowhere(session: Session, scene: Scene, enter: Enter) -> None:
    """Without a purpose, under a name that is taken, or from a column that tells people apart one by one."""
    hanna = enter("hanna")
    for field, given in (("purpose", " "), ("agreed_in", ""), ("name", "Function"), ("column", "")):
        answer = hanna.post("/groups", data={**HOURS, field: given})
        assert (answer.status_code, bool(soup(answer).select(f"#{field}-error"))) == (422, True), field
    for field, most in (("name", 60), ("column", 60), ("purpose", 1_000), ("agreed_in", 180)):
        answer = hanna.post("/groups", data={**HOURS, field: "ש" * (most + 1)})
        told = f"Error: At most {most} characters, please"
        assert (answer.status_code, words(answer, f"#{field}-error")) == (422, told)
    hanna.post("/groups", data={**HOURS, "column": "name"})
    named = fill(hanna, "external_id,name\n" + "\n".join(f"A{k},Person {k}" for k in range(21)))
    assert (named.status_code, "21 different values: these are no groups" in words(named)) == (422, True)
    other = fill(hanna, people_file(3).replace("name,", "who,"))
    assert (other.status_code, "there is no column “name”" in words(other)) == (422, True)
    assert fill(hanna, "").status_code == 422
    assert session.scalar(sa.select(sa.func.count()).select_from(GroupValue)) == 0
    assert session.scalars(sa.select(GroupAttribute.name)).all() == ["Working hours"]
    assert hanna.post("/groups", data=HOURS).status_code == 422
    for number in range(2, 7):
        assert hanna.post("/groups", data={**HOURS, "name": f"Other {number}"}).status_code == 303
    assert "There are 6 already" in words(hanna.post("/groups", data={**HOURS, "name": "One more"}))


@pytest.mark.parametrize("key", ["iris", "greta", "abel", "ines", "clara", "noor"])
def test_nobody_but_hr_finds_them(scene: Scene, enter: Enter, key: str) -> None:
    client = enter(key)
    answers = [client.get("/groups"), client.post("/groups", data=HOURS), fill(client, people_file(6))]
    assert [each.status_code for each in (*answers, client.post("/groups/1/take-away"))] == [404] * 4


def test_who_is_in_a_group_reads_it_and_it_goes_with_them(
    session: Session, scene: Scene, enter: Enter, now: datetime
) -> None:
    """It is in the person's own data alone; an erasure takes one away, HR the attribute with all of them."""
    hanna = enter("hanna")
    hanna.post("/groups", data=HOURS)
    fill(hanna, people_file(6))
    person = session.scalars(sa.select(Person).where(Person.external_id == "A3")).one()
    found = gather_bundle(session, person.id, company="Lindqvist", now=now).entries
    assert [each.fields for each in found if each.source == "group_value.person_id"] == [
        {"compared_by": "Working hours", "group_name": "part time"}
    ]
    assert "part time" not in words(hanna.get(f"/people/{person.id}")) + words(hanna.get("/groups"))
    counts = erase_rows(session, person, has_files=False)
    assert counts["group_value"] == 1
    session.commit()
    assert "14 people" in words(hanna.get("/groups"))
    assert hanna.post("/groups/1/take-away").status_code == 303
    assert session.scalars(sa.select(GroupValue.group_name)).all() == []
    assert hanna.post("/groups/1/take-away").status_code == 404
    assert "Fairness by stage: function" in listed(hanna.get(f"/cycles/{scene.cycle_id}/insight?by=g1"), "h2")
