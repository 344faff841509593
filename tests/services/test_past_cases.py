"""Past cases brought in from a file, what they mean for eligibility, and a file taken back as a whole."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.spreadsheet import Cells, read_table
from review.adapters.workbook import stream_xlsx
from review.config import ROOT
from review.domain.access import SYSTEM
from review.domain.bundle import Section
from review.domain.errors import Invalid, NotAllowed, TransitionRefused
from review.domain.past_case import PastField, PastOutcome, PastPlan, PastReading
from review.domain.text import text
from review.models import AuditEvent, Cycle, PastCase, PastImport, Person
from review.queries.bundle import gather_bundle
from review.queries.eligibility import judge_people
from review.queries.insight_people import count_eligible
from review.queries.past_cases import list_of_person, list_past, list_past_imports
from review.queries.pinned import load_ladder
from review.services.past_cases import PastMovedError, PastWish, bring_in, plan_past_import, undo_past_import
from review.services.privacy_holds import set_hold
from tests.factories import Scene, open_scene
from tests.trail import detail_of

HEADER = "cycle,announced_on,person,from_level,to_level,outcome,reason,leadership,votes_promote\n"
FILE = HEADER + (
    "Spring 2024,2024-05-17,ben,IC1,IC2,promoted,Ready,4,5\n"
    "Autumn 2025,2025-11-21,ben@company.example,pm-2,senior-pm,not yet,One gap,3,\n"
    "Autumn 2025,2025-11-21,dario,,M5,withdrawn,,,\n"
)


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    scene = open_scene(session, now)
    session.commit()
    return scene


def read(words: str) -> PastWish:
    return PastWish(read_table(words.encode(), "past.csv"), PastReading(), "d" * 64, "past.csv")


def take(session: Session, words: str, now: datetime, **more: object) -> PastPlan:
    wish = PastWish(read_table(words.encode(), "past.csv"), PastReading(), "d" * 64, "past.csv", **more)  # type: ignore[arg-type]
    return bring_in(session, wish, actor=SYSTEM, now=now)


def kept(session: Session) -> list[tuple[object, ...]]:
    found = sa.select(Person.external_id, PastCase.cycle, PastCase.outcome, PastCase.to_level_id, PastCase.reason).join(
        Person, Person.id == PastCase.person_id
    )
    rows = session.execute(found.where(PastCase.replaced_by_id.is_(None)).order_by(PastCase.cycle, Person.external_id))
    return [tuple(row) for row in rows]


THREE = [
    ("ben", "Autumn 2025", "not_yet", "senior-pm", "One gap"),
    ("dario", "Autumn 2025", "withdrawn", "director-pm", ""),
    ("ben", "Spring 2024", "promoted", "pm-2", "Ready"),
]


@pytest.mark.parametrize("person", ["hanna", "greta"])
def test_nobody_takes_back_what_they_have_a_part_in(session: Session, scene: Scene, now: datetime, person: str) -> None:
    """Not their own past case, and not that of their manager; another HR partner does it."""
    session.get_one(Person, scene.id("hanna")).manager_id = scene.id("greta")
    session.get_one(Person, scene.id("hugo")).manager_id = None
    take(session, f"{HEADER}Spring 2024,2024-05-17,{person},IC1,IC2,promoted,Ready,4,5\n", now)
    number = session.scalars(sa.select(PastImport.id)).one()
    with pytest.raises(TransitionRefused) as refused:
        undo_past_import(session, number, actor=scene.actor("hanna"), now=now)
    assert refused.value.reasons == (
        text("You are part of this, or close to it: another HR partner takes the file back"),
    )
    assert kept(session) == [(person, "Spring 2024", "promoted", "pm-2", "Ready")]
    assert undo_past_import(session, number, actor=scene.actor("hugo"), now=now) == 1
    assert kept(session) == []


@pytest.mark.both_databases
def test_a_file_is_brought_in_and_the_same_once_more_changes_nothing(
    session: Session, scene: Scene, now: datetime
) -> None:
    assert take(session, FILE, now).counts == {"added": 3, "changed": 0, "unchanged": 0, "refused": 0}
    assert take(session, FILE, now).counts == {"added": 0, "changed": 0, "unchanged": 3, "refused": 0}
    assert kept(session) == THREE
    row = session.scalars(sa.select(PastCase).where(PastCase.reason == "Ready")).one()
    assert (row.announced_on, row.from_level_id, row.track_id, row.ratings, row.votes) == (
        date(2024, 5, 17), "pm-1", "ic", {"leadership": 4}, {"promote": 5},
    )  # fmt: skip
    events = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "history.import")).all()
    assert [detail_of(session, event) for event in events] == [
        {"added": 3, "changed": 0, "unchanged": 0, "refused": 0, "digest": "d" * 64}
    ]


@pytest.mark.both_databases
def test_a_later_file_changes_what_it_names_and_each_is_taken_back_as_a_whole(
    session: Session, scene: Scene, now: datetime
) -> None:
    take(session, FILE, now)
    other = "cycle,announced_on,person,to_level,outcome\nautumn 2025,2025-11-21,ben,senior-pm,deferred\n"
    plan = take(session, other, now)
    assert [(change.row, change.differences) for change in plan.changes] == [(2, (("outcome", "not_yet", "deferred"),))]
    assert kept(session) == [("ben", "Autumn 2025", "deferred", "senior-pm", "One gap"), *THREE[1:]]
    first, second = session.scalars(sa.select(PastImport.id).order_by(PastImport.id))
    assert [row.is_undoable for row in list_past_imports(session, SYSTEM)] == [True, False]
    with pytest.raises(TransitionRefused) as refused:
        undo_past_import(session, first, actor=SYSTEM, now=now)
    said = text("A later file has changed what this one brought; take that one back first")
    assert refused.value.reasons == (said,)
    assert undo_past_import(session, second, actor=SYSTEM, now=now) == 1
    assert kept(session) == THREE
    assert undo_past_import(session, first, actor=SYSTEM, now=now) == 3
    assert kept(session) == []
    with pytest.raises(TransitionRefused):
        undo_past_import(session, first, actor=SYSTEM, now=now)
    assert take(session, FILE, now).counts["added"] == 3


FAULTS = {
    "Spring 2024,2024-05-17,nobody,IC1,IC2,promoted,,,": ("person", "nobody is called “nobody”"),
    "Spring 2024,2024-05-17,ben,IC1,IC9,promoted,,,": ("to_level", "there is no level “IC9”"),
    "Spring 2024,2024-05-17,ben,IC2,IC2,promoted,,,": ("to_level", "both levels are the same"),
    "Spring 2024,2024-13-17,ben,IC1,IC2,promoted,,,": ("announced_on", "“2024-13-17” cannot be read as a day"),
    "Spring 2024,2044-05-17,ben,IC1,IC2,promoted,,,": ("announced_on", "the day is still to come"),
    "Spring 2024,1999-05-17,ben,IC1,IC2,promoted,,,": ("announced_on", "the person was not here yet"),
    "Spring 2024,2024-05-17,ben,IC1,IC2,great,,,": ("outcome", "“great” is no outcome that is known here"),
    "Spring 2024,2024-05-17,ben,IC1,IC2,=A1,,,": ("outcome", "there is a formula"),
    "Spring 2024,2024-05-17,ben,IC1,IC2,promoted,=cmd(),,": ("reason", "there is a formula"),
    "Spring 2024,2024-05-17,ben,IC1,IC2,promoted,,6,": ("leadership", "“6” is no rating"),
    "Spring 2024,2024-05-17,ben,IC1,IC2,promoted,,,-3": ("votes_promote", "“-3” is no number of votes"),
    "2026A,2024-05-17,ben,IC1,IC2,promoted,,,": ("cycle", "“2026A” is a cycle of this Dualtrack"),
    ",2024-05-17,ben,IC1,IC2,promoted,,,": ("cycle", "it is missing"),
}


def test_each_fault_has_its_row_and_column_and_nothing_is_written(
    session: Session, scene: Scene, now: datetime
) -> None:
    session.get_one(Person, scene.id("ben")).joined_on = date(2020, 1, 1)
    words = HEADER + "".join(f"{line}\n" for line in FAULTS)
    plan = plan_past_import(session, read(words).table, PastReading(), actor=SYSTEM, now=now)
    found = [(fault.row, fault.field, str(fault.what)) for fault in plan.faults]
    assert found == [(row, *fault) for row, fault in enumerate(FAULTS.values(), start=2)]
    assert all(fault.expected for fault in plan.faults)
    assert (plan.counts["refused"], plan.strange_outcomes, plan.strange_levels) == (len(FAULTS), ("great",), ("IC9",))
    with pytest.raises(Invalid):
        take(session, words, now, leaves_out=True)
    good = "Spring 2024,2024-05-17,ben,IC1,IC2,promoted,,,\n"
    with pytest.raises(Invalid):
        take(session, words + good, now)
    assert kept(session) == []
    again = good.replace("Spring", "SPRING")
    plan = take(session, words + good + again, now, leaves_out=True)
    assert (plan.counts["added"], str(plan.faults[-1].what)) == (1, "the same past case again")
    assert kept(session) == [("ben", "Spring 2024", "promoted", "pm-2", "")]


def test_a_formula_in_a_workbook_is_refused_not_taken_for_its_value(
    session: Session, scene: Scene, now: datetime
) -> None:
    rows = list(csv.reader(FILE.splitlines()))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(stream_xlsx(rows[0], rows[1:], "Past"))))
    book.active["F2"] = '=IF(1,"promoted","")'
    out = io.BytesIO()
    book.save(out)
    table = read_table(out.getvalue(), "past.xlsx", Cells.FORMULAS)
    plan = plan_past_import(session, table, PastReading(), actor=SYSTEM, now=now)
    assert [(fault.row, fault.field, str(fault.what)) for fault in plan.faults] == [
        (2, "outcome", "there is a formula")
    ]
    assert plan.counts == {"added": 2, "changed": 0, "unchanged": 0, "refused": 1}


def test_columns_and_words_of_their_own_are_read_as_was_said(session: Session, scene: Scene, now: datetime) -> None:
    words = "Who;New rank;Verdict\nben;L5;yes please\n"
    reading = PastReading(
        columns={PastField.PERSON: "who", PastField.TO_LEVEL: "New  rank", PastField.OUTCOME: "Verdict"},
        outcomes={"yes please": PastOutcome.PROMOTED},
        levels={"l5": "senior-pm"},
        cycle="2023",
        announced_on=date(2023, 6, 30),
    )
    assert plan_past_import(session, read(words).table, PastReading(), actor=SYSTEM, now=now).faults[0].what == text(
        "there is no column for “%(name)s”", name="person"
    )
    wish = PastWish(read(words).table, reading, "d" * 64, "past.csv")
    assert bring_in(session, wish, actor=SYSTEM, now=now).counts["added"] == 1
    assert kept(session) == [("ben", "2023", "promoted", "senior-pm", "")]
    again = PastReading.from_data(session.scalars(sa.select(PastImport.reading)).one())
    assert (again.columns, again.outcomes, again.levels) == (reading.columns, reading.outcomes, reading.levels)


def test_the_sample_of_the_documents_is_read_without_a_word_more(session: Session, scene: Scene, now: datetime) -> None:
    data = (ROOT / "docs" / "moving-in-sample.csv").read_bytes()
    table = read_table(data, "moving-in-sample.csv")
    emails = {str(row.cells[2]) for row in table.rows}
    session.add_all(Person(external_id=f"S{at}", name=email, email=email) for at, email in enumerate(sorted(emails)))
    session.flush()
    plan = plan_past_import(session, table, PastReading(), actor=SYSTEM, now=now)
    assert (plan.faults, plan.unread, plan.counts["added"]) == ((), (), 5)
    assert [change.after.outcome.value for change in plan.changes] == [
        "promoted", "not_yet", "promoted", "not_yet", "withdrawn",
    ]  # fmt: skip
    assert plan.changes[0].after.votes == {"promote": 4, "not_yet": 1}
    assert set(plan.criteria) == {"hard-skills", "cross-functionality", "leadership", "accountability"}


@pytest.mark.both_databases
def test_eligibility_counts_a_past_not_yet_and_a_past_promotion(session: Session, scene: Scene, now: datetime) -> None:
    ben = session.get_one(Person, scene.id("ben"))
    ben.level_since_on = None
    cycle = session.scalars(sa.select(Cycle)).one()
    cycle.policy = {**cycle.policy, "months_between_cases": 6}
    cycle.eligibility = {"min_months": 12}
    session.commit()

    def judge(words: str) -> tuple[bool, tuple[str, ...], int]:
        take(session, HEADER + words, now)
        row = next(each for each in judge_people(session, cycle, actor=SYSTEM, now=now) if each.person_id == ben.id)
        ladder = load_ladder(session, cycle.ladder_version_id)
        counted = count_eligible(session, cycle, ladder, Person.name, taken=(), actor=scene.actor("hugo"))
        return row.is_in, tuple(map(str, row.reasons)), sum(each.count for each in counted if each.group == "Ben Ito")

    unknown = "Nobody has written down since when this person is PM 2"
    assert judge("") == (False, (unknown,), 0)
    assert judge("a,2026-05-01,ben,IC1,IC2,promoted,,,\n") == (
        False, ("6 months as PM 2; the ladder asks for 18",), 0,
    )  # fmt: skip
    assert judge("a,2024-05-01,ben,IC1,IC2,promoted,,,\n") == (True, (), 1)
    told = ("The last case ended 1 month ago; the cycle asks for 6",)
    assert judge("b,2026-10-01,ben,IC2,IC3,not yet,,,\n") == (False, told, 0)
    assert judge("b,2026-01-01,ben,IC2,IC3,not yet,,,\n") == (True, (), 1)


def test_who_reads_a_past_case(session: Session, scene: Scene, now: datetime) -> None:
    """The candidate without the votes; HR partners, but none in one line with the person; nobody else."""
    take(session, FILE, now)
    ben = scene.id("ben")
    seen = {}
    for key in ("ben", "hanna", "hugo", "greta", "otto", "abel", "ines", "noor"):
        rows = list_of_person(session, scene.actor(key), ben)
        seen[key] = [(row.outcome, row.reason, row.ratings, row.votes) for row in rows]
    full = [
        ("not_yet", "One gap", (("leadership", 3),), ()),
        ("promoted", "Ready", (("leadership", 4),), (("promote", 5),)),
    ]
    own = [(*row[:3], None) for row in full]
    nobody: list[object] = []
    assert seen == {
        "ben": own, "hanna": full, "hugo": full, "greta": nobody, "otto": nobody, "abel": nobody, "ines": nobody,
        "noor": nobody,
    }  # fmt: skip
    assert [row.number for row in list_past(session, scene.actor("hugo"))] == ["ben", "dario", "ben"]
    assert list_past(session, scene.actor("greta")) == ()
    session.get_one(Person, ben).manager_id = scene.id("hugo")
    session.flush()
    below = {key: len(list_of_person(session, scene.actor(key), ben)) for key in ("ben", "hugo", "hanna")}
    assert below == {"ben": 2, "hugo": 0, "hanna": 0}
    assert [row.number for row in list_past(session, scene.actor("hanna"))] == ["dario"]


def test_whoever_is_close_brings_nothing_in(session: Session, scene: Scene, now: datetime) -> None:
    hanna = scene.actor("hanna")
    with pytest.raises(NotAllowed):
        plan_past_import(session, read(FILE).table, PastReading(), actor=scene.actor("ines"), now=now)
    own = HEADER + "a,2024-05-01,hanna,,IC2,promoted,,,\na,2024-05-01,ben,,IC2,promoted,,,\n"
    plan = plan_past_import(session, read(own).table, PastReading(), actor=hanna, now=now)
    assert [(fault.row, str(fault.what)) for fault in plan.faults] == [(2, "you are part of this, or close to it")]


def test_what_was_looked_at_is_what_is_written(session: Session, scene: Scene, now: datetime) -> None:
    wish = read(FILE)
    seen = plan_past_import(session, wish.table, wish.reading, actor=SYSTEM, now=now).fingerprint()
    take(session, HEADER + "Spring 2024,2024-05-17,ben,IC1,IC2,deferred,,,\n", now)
    looked = PastWish(wish.table, wish.reading, wish.digest, wish.name, fingerprint=seen)
    with pytest.raises(PastMovedError):
        bring_in(session, looked, actor=SYSTEM, now=now)
    assert kept(session) == [("ben", "Spring 2024", "deferred", "pm-2", "")]


def test_ones_own_data_has_them_and_a_hold_keeps_them(session: Session, scene: Scene, now: datetime) -> None:
    take(session, FILE, now)
    bundle = gather_bundle(session, scene.id("ben"), company="Acme", now=now)
    entries = [each.fields for each in bundle.of(Section.RESULTS) if each.source == "past_case.person_id"]
    assert entries[0] == {
        "cycle": "Spring 2024", "announced_on": "2024-05-17", "from_level_id": "pm-1", "to_level_id": "pm-2",
        "track_id": "ic", "outcome": "promoted", "reason": "Ready", "ratings": "leadership 4",
    }  # fmt: skip
    set_hold(session, "ben@company.example", "A dispute", date(2027, 1, 1), actor=scene.actor("hanna"), now=now)
    with pytest.raises(TransitionRefused):
        undo_past_import(session, session.scalars(sa.select(PastImport.id)).one(), actor=SYSTEM, now=now)
    assert kept(session) == THREE
