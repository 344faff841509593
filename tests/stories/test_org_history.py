"""Thirty-three months of a company taken in file by file: everybody who came, left or changed hands is counted.

The recorded history (438 people, pseudonymised) is not part of the project; where it lies on the machine, in the folder
that DUALTRACK_DATA names, it is replayed too. The invented one is replayed everywhere.
"""

from __future__ import annotations

import csv
import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.csv_lines import write_csv
from review.adapters.spreadsheet import read_table
from review.domain.access import SYSTEM
from review.domain.people_changes import ChangeKind, KnownPerson, Plan, Scope
from review.domain.people_file import DateOrder, PeopleFile, PersonField, parse_mapping, read_people
from review.models import AuditEvent, Employment, Person
from review.queries.directory import list_known_people
from review.queries.people import find_report_chain
from review.services.audit import find_break
from review.services.people import apply_changes

FOLDER = Path(os.environ.get("DUALTRACK_DATA") or Path(__file__).parents[3] / "shared" / "data") / "org"
SOURCES = ["invented", *(["recorded"] if (FOLDER / "role_history.csv").exists() else [])]
HEADER = ("person", "role", "reports to", "key")
MAPPING = parse_mapping(["external_id=person", "name=person", "title=role", "manager=reports to", "manager_key=key"])[0]
NOBODY = ("", "none")
State = tuple[str, str]


@dataclass(frozen=True)
class History:
    """Who was there on each day, as (role, slug of the manager), and what is known to have happened."""

    days: Mapping[date, Mapping[str, State]]
    known: Mapping[str, int]


@pytest.fixture(params=SOURCES)
def story(request: pytest.FixtureRequest) -> History:
    return recorded_history() if request.param == "recorded" else invented_history()


def recorded_history() -> History:
    """Read the recorded events; the counts are those of SOURCES.md."""
    with (FOLDER / "role_history.csv").open(encoding="utf-8", newline="") as file:
        events = list(csv.DictReader(file))
    days: dict[date, dict[str, State]] = {}
    here: dict[str, State] = {}
    for event in events:
        if event["event"] == "left":
            del here[event["person_id"]]
        else:
            here[event["person_id"]] = (event["role"], event["reports_to_slug"])
        days[date.fromisoformat(event["first_seen_snapshot"])] = dict(here)
    # 577 + 86 changes of the slug, of which one is from a blank to `none`: both say that there is no manager.
    known = {"joined": 206 + 232, "left": 264, "returned": 1, "manager": 577 + 86 - 1, "title": 105 + 86}
    return History(days, known)


def invented_history() -> History:
    """Invent 33 months of 200 people and more, counting along."""
    dice = random.Random(20261116)
    slugs = [f"seat_{at}" for at in range(40)]
    here = {f"P{at}": ("Role 0", "") for at in range(200)}
    gone: list[str] = []
    known = Counter(joined=200)
    days = {date(2022, 1, 31): dict(here)}
    for month in range(1, 33):
        settled = dice.sample(sorted(here), 30)
        for person in settled[:5]:
            del here[person]
            gone.append(person)
        known["left"] += 5
        for at in range(7):
            here[f"P{month}-{at}"] = ("Role 0", dice.choice(slugs))
        known["joined"] += 7
        if month % 10 == 0:
            here[gone.pop(0)] = ("Role 0", "")
            known["returned"] += 1
        for person in settled[5:]:
            role, slug = here[person]
            new = dice.choice(slugs)
            known["manager"] += new != slug
            known["title"] += person in settled[20:]
            here[person] = (f"Role {month}" if person in settled[20:] else role, new)
        days[date(2022, 1, 31) + timedelta(days=30 * month)] = dict(here)
    return History(days, known)


def people_file(rows: list[tuple[str, ...]]) -> PeopleFile:
    """Write the rows as CSV and read them as a file that came from outside."""
    return read_people(read_table(write_csv(HEADER, rows), "people.csv"), MAPPING, DateOrder.NOT_SAID)


def replay(session: Session, story: History) -> Iterator[tuple[date, Plan]]:
    """Take each day's file in. The history knows managers by seat alone, so each seat stands for a person."""
    slugs = sorted({slug for people in story.days.values() for _, slug in people.values()} - set(NOBODY))
    seats = [(f"seat {slug}", "", "", slug) for slug in slugs]
    for day, people in story.days.items():
        rows = [(person, role, slug, "") for person, (role, slug) in people.items()]
        now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        file = people_file([*seats, *rows])
        yield day, apply_changes(session, file, actor=SYSTEM, now=now, scope=Scope.FULL)


def test_every_month_is_taken_in_and_every_change_is_counted(session: Session, story: History) -> None:
    seen: Counter[str] = Counter()
    for day, plan in replay(session, story):
        kinds = Counter(change.kind for change in plan.changes if not change.after.external_id.startswith("seat "))
        seen["joined"] += kinds[ChangeKind.JOIN]
        seen["left"] += kinds[ChangeKind.LEAVE]
        seen["returned"] += kinds[ChangeKind.RETURN]
        seen["manager"] += len(plan.with_field(PersonField.MANAGER))
        seen["title"] += len(plan.with_field(PersonField.TITLE))
        here = sa.select(sa.func.count()).where(Person.is_active, Person.external_id.not_like("seat %"))
        assert session.scalar(here) == len(story.days[day])
    assert dict(seen) == dict(story.known)
    assert len(story.days) == 33
    assert find_break(session) is None
    assert_history_is_whole(session)


def assert_history_is_whole(session: Session) -> None:
    """Nobody has two open rows or a gap in one stay; the open row says what the directory says."""
    still_true = sa.select(Employment).where(Employment.until_on.is_(None))
    open_rows = {row.person_id: row for row in session.scalars(still_true)}
    people = list(session.scalars(sa.select(Person)))
    assert {person.id for person in people if person.is_active} == set(open_rows)
    for person in people:
        if person.is_active:
            row = open_rows[person.id]
            assert (row.manager_id, row.title) == (person.manager_id, person.title)
    rows = list(session.scalars(sa.select(Employment).order_by(Employment.person_id, Employment.id)))
    gaps = [
        (before.person_id, before.until_on, after.from_on)
        for before, after in pairwise(rows)
        if before.person_id == after.person_id and before.until_on != after.from_on
    ]
    returns = sa.select(sa.func.count()).where(AuditEvent.kind == "person.return")
    assert len(gaps) == session.scalar(returns)


def test_the_same_month_again_changes_nothing(session: Session, story: History) -> None:
    day, people = list(story.days.items())[16]
    first, second = replay(session, History({day: people, day + timedelta(days=1): people}, {}))
    assert len(first[1].of_kind(ChangeKind.JOIN)) > len(people)
    assert (second[1].changes, second[1].unchanged) == ((), len(first[1].changes))


ORGS = [FOLDER / "org_2022-05-18.csv"] if "recorded" in SOURCES else []


@pytest.fixture(params=["invented", *ORGS], ids=str)
def org(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[bytes, dict[int, int], dict[str, int]]:
    """Return a whole company's file, how many people stand at each depth, and the largest spans."""
    if request.param == "invented":
        return invented_org()
    depths = {0: 1, 1: 9, 2: 41, 3: 95, 4: 49, 5: 84}
    return Path(request.param).read_bytes(), depths, {"P045": 14}


def invented_org() -> tuple[bytes, dict[int, int], dict[str, int]]:
    """Invent a tree in which everybody above the third depth has four reports and the top has five."""
    header = ("person_id", "role", "manager_role_slug", "reports_to_slug", "manager_person_id", "hidden")
    rows = [("P1", "Chief", "top", "none", "", "")]
    level = [("P1", "top")]
    for depth in range(1, 4):
        below = []
        for person, slug in level:
            for at in range(5 if depth == 1 else 4):
                name = f"{person}.{at}"
                rows.append((name, f"Depth {depth}", f"slug {name}" if depth < 3 else "", slug, person, ""))
                below.append((name, f"slug {name}"))
        level = below
    return write_csv(header, rows), {0: 1, 1: 5, 2: 20, 3: 80}, {"P1": 5}


def test_a_company_is_taken_in_by_seats_and_again_by_ids(
    session: Session, now: datetime, org: tuple[bytes, dict[int, int], dict[str, int]]
) -> None:
    data, depths, spans = org
    table = read_table(data, "org.csv")
    columns = ["external_id=person_id", "name=person_id", "title=role"]
    by_seat = parse_mapping([*columns, "manager=reports_to_slug", "manager_key=manager_role_slug"])[0]
    by_id = parse_mapping([*columns, "manager=manager_person_id"])[0]
    seats = read_people(table, by_seat, DateOrder.NOT_SAID)
    plan = apply_changes(session, seats, actor=SYSTEM, now=now, scope=Scope.FULL)
    assert (plan.counts()["joins"], seats.unknown_columns) == (len(table.rows), ("manager_person_id", "hidden"))
    ids = read_people(table, by_id, DateOrder.NOT_SAID)
    again = apply_changes(session, ids, actor=SYSTEM, now=now + timedelta(days=1), scope=Scope.FULL)
    assert (again.changes, again.unchanged) == ((), len(table.rows))
    people = {person.state.external_id: person for person in list_known_people(session)}
    assert Counter(depth_of(key, people) for key in people) == depths
    reports = Counter(person.state.manager for person in people.values() if person.state.manager)
    assert {key: reports[key] for key in spans} == spans == dict(reports.most_common(1))
    deepest = max(people, key=lambda key: depth_of(key, people))
    chain = find_report_chain(session, people[deepest].person_id)
    assert [link.distance for link in chain] == list(range(max(depths) + 1))


def depth_of(key: str, people: Mapping[str, KnownPerson]) -> int:
    """Count the managers above somebody."""
    manager = people[key].state.manager
    return 0 if manager is None else 1 + depth_of(manager, people)
