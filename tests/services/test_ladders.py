"""Publishing ladder versions."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.config import Settings
from review.domain.access import Actor
from review.domain.errors import Invalid, NotAllowed
from review.domain.ladder import Ladder
from review.models import AuditEvent, LadderVersion
from review.queries.ladders import (
    find_own_level,
    find_versions_of,
    list_ladders,
    may_publish,
    read_ladder,
    read_source,
)
from review.services.ladders import publish_ladder
from tests.conftest import Statements
from tests.personas import Company
from tests.rivals import let_second_come_late
from tests.trail import detail_of

SHIPPED = (Path(__file__).parents[2] / "workflows" / "ladders" / "product-management.yaml").read_text(encoding="utf-8")
COMPANY = """\
format: ladder/1
id: company
name: Everybody
version: "1"
levels:
  - {id: one, name: One}
  - {id: two, name: Two}
criteria:
  - id: care
    name: Care
    at: {one: Listens., two: Acts.}
"""
FAMILY = """\
format: ladder/1
id: design
name: Design
version: "1"
overlays: {extends: {ladder: company, version: "1"}}
criteria:
  - id: care
    at: {two: Draws.}
"""


def publish(session: Session, source: str, actor: Actor, now: datetime) -> LadderVersion:
    return publish_ladder(session, source, file="given.yaml", actor=actor, now=now)


def faults_of(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [str(fault) for fault in refused.value.faults]


def test_the_shipped_ladder_is_published_as_it_is(session: Session, company: Company, now: datetime) -> None:
    hanna = company.actor("hanna")
    row = publish(session, SHIPPED, hanna, now)
    assert (row.key, row.version, row.name, row.source, row.published_at, row.published_by_id) == (
        "product-management",
        "2026.1",
        "Product management",
        SHIPPED,
        now,
        hanna.person_id,
    )
    event = session.scalars(sa.select(AuditEvent)).one()
    assert (event.kind, event.actor_id, event.subject_type, event.subject_id) == (
        "ladder.publish",
        hanna.person_id,
        "ladder",
        row.id,
    )
    assert detail_of(session, event) == {"key": "product-management", "version": "2026.1", "digest": row.digest}
    assert read_source(session, hanna, row.id) == SHIPPED
    assert [level.id for level in read_ladder(session, row.id).levels][:2] == ["pm-1", "pm-2"]


def test_the_same_text_again_is_the_same_version(session: Session, company: Company, now: datetime) -> None:
    hanna = company.actor("hanna")
    first = publish(session, COMPANY, hanna, now)
    assert publish(session, COMPANY, hanna, now).id == first.id
    assert len(session.scalars(sa.select(AuditEvent)).all()) == 1


def test_a_published_version_never_changes(session: Session, company: Company, now: datetime) -> None:
    hanna = company.actor("hanna")
    row = publish(session, COMPANY, hanna, now)
    with pytest.raises(Invalid) as refused:
        publish(session, COMPANY.replace("Acts.", "Acts twice."), hanna, now)
    assert faults_of(refused) == [
        (
            "given.yaml version: company 1 is published with other words "
            "(expected: a new version: published versions never change)"
        )
    ]
    assert session.scalars(sa.select(LadderVersion.source)).all() == [COMPANY]
    newer = publish(
        session, COMPANY.replace('version: "1"', 'version: "2"').replace("Acts.", "Acts twice."), hanna, now
    )
    assert [(v.version, v.is_newest) for v in find_versions_of(session, hanna, row.id)] == [("1", False), ("2", True)]
    assert [v.id for v in find_versions_of(session, hanna, newer.id)] == [newer.id, row.id]


@pytest.mark.both_databases
@pytest.mark.parametrize("words", ["Acts.", "Acts twice."])
def test_of_two_at_once_the_first_publishes(
    session: Session, company: Company, settings: Settings, database_kind: str, now: datetime, words: str
) -> None:
    hanna, hugo = company.actor("hanna"), company.actor("hugo")
    session.commit()
    publish(session, COMPANY, hanna, now)
    mine = COMPANY.replace("Acts.", words)
    told = let_second_come_late(
        session, settings, lambda own: publish(own, mine, hugo, now), "INSERT INTO ladder_version"
    )
    why = {
        "postgresql": "has been published in the meantime, with other words",
        "sqlite": "is published with other words",
    }
    never = "(expected: a new version: published versions never change)"
    fault = f"given.yaml version: company 1 {why[database_kind]} {never}"
    assert told == ("done" if words == "Acts." else fault)
    assert session.scalars(sa.select(LadderVersion.source)).all() == [COMPANY]
    assert session.scalars(sa.select(AuditEvent.actor_id)).all() == [company.id("hanna")]


def test_every_fault_is_told_with_its_place(session: Session, company: Company, now: datetime) -> None:
    broken = COMPANY.replace('"1"', "1.10").replace("two: Acts.", "three: Acts.")
    with pytest.raises(Invalid) as refused:
        publish(session, broken, company.actor("hanna"), now)
    assert faults_of(refused) == [
        'given.yaml:4:10: 1.10 without quotes is read as the number 1.1 (expected: it in quotes: "1.10")',
        'given.yaml:11:25: at names "three", which does not exist (expected: one of: one, two)',
    ]
    assert session.scalars(sa.select(LadderVersion)).all() == []


@pytest.mark.parametrize("key", ["greta", "ben"])
def test_only_hr_publishes(session: Session, company: Company, now: datetime, key: str) -> None:
    assert not may_publish(company.actor(key))
    with pytest.raises(NotAllowed):
        publish(session, COMPANY, company.actor(key), now)
    assert session.scalars(sa.select(LadderVersion)).all() == []


def test_a_family_ladder_is_published_complete(session: Session, company: Company, now: datetime) -> None:
    hanna = company.actor("hanna")
    with pytest.raises(Invalid) as refused:
        publish(session, FAMILY, hanna, now)
    assert faults_of(refused) == [
        "overlays: the ladder that this one extends is not published (expected: company 1, published before)"
    ]
    publish(session, COMPANY, hanna, now)
    merged = read_ladder(session, publish(session, FAMILY, hanna, now).id)
    assert isinstance(merged, Ladder)
    assert (merged.id, merged.extends) == ("design", None)
    cells = [merged.expectation("care", level.id).summary for level in merged.levels]
    assert cells == ["Listens.", "Acts.\n\nDraws."]


def test_everybody_signed_in_reads_every_ladder(session: Session, company: Company, now: datetime) -> None:
    publish(session, COMPANY, company.actor("hanna"), now)
    rows = list_ladders(session, company.actor("ben"))
    assert [(row.key, [version.version for version in row.versions]) for row in rows] == [("company", ["1"])]
    assert rows[0].versions[0].published_by == company.actor("hanna").name
    assert list_ladders(session, Actor(None)) == ()
    assert read_source(session, Actor(None), rows[0].versions[0].id) is None
    assert find_versions_of(session, company.actor("ben"), 999) == ()


def test_the_reader_stands_on_the_ladder(session: Session, company: Company, now: datetime) -> None:
    shipped = publish(session, SHIPPED, company.actor("hanna"), now)
    other = publish(session, COMPANY, company.actor("hanna"), now)
    greta = company.actor("greta")
    assert find_own_level(session, greta, read_ladder(session, other.id)) is None
    assert find_own_level(session, greta, read_ladder(session, shipped.id)) == "group-pm"


def test_the_list_costs_the_same_for_many_versions(
    session: Session, company: Company, now: datetime, statements: Statements
) -> None:
    hanna = company.actor("hanna")
    counts = []
    for number in range(1, 4):
        publish(session, COMPANY.replace('version: "1"', f'version: "{number}"'), hanna, now)
        session.commit()
        with statements() as issued:
            list_ladders(session, hanna)
        counts.append(len(issued))
    assert counts == [1, 1, 1]
