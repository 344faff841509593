"""Past cases in the figures of a cycle, from the rows that a file brought in."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import Conflict, PastCase, PastImport, Person
from review.queries.insight import load_insight
from review.queries.past_cases import list_past
from tests.announced import Plan, announce
from tests.conftest import HouseClient
from tests.factories import Scene, open_scene
from tests.signed_in import Door, words

SPRING, AUTUMN, WINTER = date(2023, 5, 12), date(2024, 11, 15), date(2025, 12, 1)
STEPS = (
    ("Spring 2023", SPRING, "pm-1", "pm-2", "ic", "promoted"),
    ("Autumn 2024", AUTUMN, "pm-2", "senior-pm", "ic", "promoted"),
)


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return an open cycle with six people, each promoted twice before Dualtrack."""
    scene = open_scene(session, now)
    session.add(PastImport(digest="d" * 64, name="past.csv", reading={}, brought_at=now, added=12, changed=0))
    for number in range(6):
        session.add(Person(external_id=f"P{number}", name=f"Past {number}", function="Product"))
    session.flush()
    for number in range(6):
        add_past(session, number, *STEPS)
    session.commit()
    return scene


def add_past(session: Session, number: int, *steps: tuple[str, date, str | None, str, str, str]) -> None:
    """Write past cases of a person."""
    person = session.scalars(sa.select(Person.id).where(Person.external_id == f"P{number}")).one()
    for cycle, on, start, target, track, outcome in steps:
        session.add(
            PastCase(
                import_id=1,
                person_id=person,
                cycle=cycle,
                announced_on=on,
                from_level_id=start,
                to_level_id=target,
                track_id=track,
                outcome=outcome,
                reason="",
                ratings={},
                votes={},
            )
        )
    session.flush()


def counted(session: Session, scene: Scene, key: str = "hanna") -> tuple[dict[tuple[str, str], tuple[int, int]], int]:
    """Return hits and n by cycle and grade, and how many pairs of promotions there are, for an HR partner."""
    facts = load_insight(session, scene.cycle_id, scene.actor(key)).facts
    return {(each.cycle, each.grade): (each.hits, each.n) for each in facts.past}, len(facts.spells)


@pytest.mark.both_databases
def test_decided_promotions_of_the_ladder_are_counted(session: Session, scene: Scene, now: datetime) -> None:
    """Not who withdrew, who changed the track on one grade, what another ladder asks, or what a later file replaced."""
    add_past(session, 0, ("Winter 2025", WINTER, "senior-pm", "staff-pm", "ic", "not_yet"))
    add_past(session, 1, ("Winter 2025", WINTER, None, "staff-pm", "ic", "deferred"))
    add_past(session, 2, ("Winter 2025", WINTER, "senior-pm", "staff-pm", "ic", "withdrawn"))
    add_past(session, 3, ("Winter 2025", WINTER, "staff-pm", "group-pm", "people", "promoted"))
    add_past(session, 4, ("Winter 2025", WINTER, "engineer-3", "engineer-4", "engineering", "promoted"))
    session.execute(
        sa.update(PastCase)
        .where(
            PastCase.cycle == "Spring 2023", PastCase.person_id.in_(sa.select(Person.id).where(Person.name == "Past 5"))
        )
        .values(replaced_by_id=1)
    )
    assert counted(session, scene) == (
        {("Spring 2023", "2"): (5, 5), ("Autumn 2024", "3"): (6, 6), ("Winter 2025", "4"): (0, 2)},
        5,
    )
    spell = load_insight(session, scene.cycle_id, scene.actor("hanna")).facts.spells[0]
    assert round(spell.months * 365.2425 / 12) == (AUTUMN - SPRING).days


@pytest.mark.both_databases
@pytest.mark.parametrize(("how", "others"), [("declared", 6), ("below", 6), ("own manager", 6), ("oneself", 5)])
def test_of_whom_hr_is_close_to_nothing_is_counted(
    session: Session, scene: Scene, now: datetime, how: str, others: int
) -> None:
    """As in the list of past cases; a colleague counts all, but for what is about the own manager."""
    me, person = scene.id("hanna"), session.scalars(sa.select(Person).where(Person.external_id == "P0")).one()
    if how == "declared":
        (case,) = announce(session, scene, [Plan()], now)
        case.candidate_id = person.id
        session.add(Conflict(case_id=case.id, person_id=me, kind="other", declared_by_id=me, declared_at=now))
    elif how == "below":
        person.manager_id = me
    elif how == "own manager":
        session.get_one(Person, me).manager_id = person.id
    else:
        session.execute(sa.update(PastCase).where(PastCase.person_id == person.id).values(person_id=me))
    session.flush()
    assert [counted(session, scene, key) for key in ("hanna", "hugo")] == [
        ({("Spring 2023", "2"): (n, n), ("Autumn 2024", "3"): (n, n)}, n) for n in (5, others)
    ]
    assert [len(list_past(session, scene.actor(key))) for key in ("hanna", "hugo")] == [10, 2 * others]


def test_the_page_and_the_table_mark_what_was_brought_in(
    session: Session, scene: Scene, client: HouseClient, now: datetime
) -> None:
    hanna = Door(client, session, now, scene.company.ids).enter("hanna")
    url = f"/cycles/{scene.cycle_id}/insight"
    assert "Before Dualtrack, brought in" in words(hanna.get(url))
    rows = hanna.get(f"{url}.csv?table=past-cycles").get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert rows == [
        "Cycle,Promoted,Rate,95 % interval",
        '"Spring 2023, brought in",6 of 6,100\u00a0%,61\u00a0% to 100\u00a0%',
        '"Autumn 2024, brought in",6 of 6,100\u00a0%,61\u00a0% to 100\u00a0%',
    ]
