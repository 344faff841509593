"""Drafts and proposals of ladders: two editors at once, a second person who publishes, and who may do any of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.config import Settings
from review.domain.access import Actor
from review.domain.errors import Conflict, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.ladder_cell_words import CellWords, Says
from review.domain.ladder_changes import DraftChange, add_level, change_cell, change_head, end_level
from review.models import AuditEvent, Cycle, LadderDraft, LadderVersion
from review.queries.ladder_drafts import list_drafts, load_draft
from review.queries.ladder_impact import load_impact
from review.queries.ladders import list_ladders
from review.services.conflicts import declare_conflict
from review.services.ladders import publish_ladder
from review.services.ladders_drafts import begin_draft, check_change, drop_draft, save_change, save_text
from review.services.ladders_proposals import discard_proposal, propose_draft, publish_proposal
from tests.factories import open_case_of, open_scene
from tests.personas import Company
from tests.rivals import let_second_come_late
from tests.trail import detail_of

SMALL = """\
format: ladder/1
id: bakers
name: Bakers
version: "1"
levels:
  - {id: pm-1, name: One}
  - {id: pm-2, name: Two}
criteria:
  - {id: care, name: Care, at: {pm-1: Listens., pm-2: {same_as: pm-1}}}
  - {id: dough, name: Dough, at: {pm-1: Kneads.}}
x: {owner: people}
"""
ACTS = "Listens, and acts."


@pytest.fixture
def draft(session: Session, company: Company, now: datetime) -> LadderDraft:
    """Publish a small ladder and begin a draft of its next version."""
    base = publish_ladder(session, SMALL, file="f", actor=company.actor("hanna"), now=now)
    row = begin_draft(session, base.source, becomes="2", base_id=base.id, actor=company.actor("hanna"), now=now)
    session.commit()
    return row


def reword(words: str, criterion: str = "care") -> DraftChange:
    return change_cell(criterion, "pm-1", CellWords(Says.WORDS, summary=words), ())


def save(
    session: Session, draft: LadderDraft, change: DraftChange, actor: Actor, now: datetime, version: int = 1
) -> int:
    return save_change(session, draft.id, change, version=version, actor=actor, now=now)


def propose(session: Session, draft: LadderDraft, actor: Actor, now: datetime) -> LadderDraft:
    return propose_draft(session, draft.id, digest=draft.digest, actor=actor, now=now)


def kinds(session: Session) -> list[str]:
    return list(session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq)))


def test_one_writes_and_proposes_and_another_publishes(
    session: Session, company: Company, draft: LadderDraft, now: datetime
) -> None:
    hanna, hugo = company.actor("hanna"), company.actor("hugo")
    assert save(session, draft, reword(ACTS), hanna, now) == 2
    propose(session, draft, hanna, now)
    assert [(row.becomes, row.is_proposal, row.proposed_by) for row in list_drafts(session, hugo)] == [
        ("2", True, "Hanna Ruiz")
    ]
    version = publish_proposal(session, draft.id, digest=draft.digest, actor=hugo, now=now)
    assert (version.key, version.version, version.proposed_by_id, version.published_by_id) == (
        "bakers",
        "2",
        company.id("hanna"),
        company.id("hugo"),
    )
    assert f"pm-1: {ACTS}" in version.source.replace('"', "")
    assert "owner: people" in version.source
    assert (list_drafts(session, hugo), kinds(session)) == (
        (),
        ["ladder.publish", "ladder.draft", "ladder.draft", "ladder.propose", "ladder.publish"],
    )
    assert [(row.version, row.proposed_by) for row in list_ladders(session, hugo)[0].versions] == [
        ("2", "Hanna Ruiz"),
        ("1", ""),
    ]


def test_what_is_written_is_in_the_record(
    session: Session, company: Company, draft: LadderDraft, now: datetime
) -> None:
    save(session, draft, reword(ACTS), company.actor("hugo"), now)
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert event is not None
    assert (event.kind, event.subject_id, event.actor_id) == ("ladder.draft", draft.id, company.id("hugo"))
    assert detail_of(session, event) == {"key": "bakers", "version": "2", "part": "cell care pm-1"}


def test_nobody_publishes_what_they_proposed(
    session: Session, company: Company, draft: LadderDraft, now: datetime
) -> None:
    hanna = company.actor("hanna")
    save(session, draft, reword(ACTS), hanna, now)
    propose(session, draft, hanna, now)
    with pytest.raises(NotAllowed) as refused:
        publish_proposal(session, draft.id, digest=draft.digest, actor=hanna, now=now)
    assert str(refused.value) == "You proposed this version; somebody else in HR must publish it."
    for_hanna = Actor(company.id("otto"), "Otto", delegators={company.id("hanna"): frozenset({"hr"})})
    with pytest.raises(NotAllowed):
        publish_proposal(session, draft.id, digest=draft.digest, actor=for_hanna, now=now)
    assert len(session.scalars(sa.select(LadderVersion)).all()) == 1


Act = Callable[[Session, LadderDraft, Actor, datetime], object]
ACTS_OF_HR: dict[str, Act] = {
    "begin": lambda s, _d, a, n: begin_draft(s, SMALL, becomes="9", base_id=None, actor=a, now=n),
    "load": lambda s, d, a, _n: load_draft(s, a, d.id),
    "save": lambda s, d, a, n: save_change(s, d.id, reword("No."), version=1, actor=a, now=n),
    "text": lambda s, d, a, n: save_text(s, d.id, SMALL, version=1, actor=a, now=n),
    "propose": lambda s, d, a, n: propose_draft(s, d.id, digest=d.digest, actor=a, now=n),
    "publish": lambda s, d, a, n: publish_proposal(s, d.id, digest=d.digest, actor=a, now=n),
    "discard": lambda s, d, a, n: discard_proposal(s, d.id, "no", actor=a, now=n),
    "drop": lambda s, d, a, n: drop_draft(s, d.id, actor=a, now=n),
}


def test_nobody_but_hr_reads_or_does_any_of_it(
    session: Session, company: Company, draft: LadderDraft, now: datetime
) -> None:
    for key in ("ben", "vera", "noor", "abel", "ines", "petra"):
        assert list_drafts(session, company.actor(key)) == ()
        for act in ACTS_OF_HR.values():
            with pytest.raises((NotAllowed, NotFound)):
                act(session, draft, company.actor(key), now)


@pytest.mark.parametrize("name", ["save", "text", "propose", "drop"])
def test_what_is_proposed_is_not_changed(
    session: Session, company: Company, draft: LadderDraft, now: datetime, name: str
) -> None:
    save(session, draft, reword(ACTS), company.actor("hanna"), now)
    propose(session, draft, company.actor("hanna"), now)
    with pytest.raises(TransitionRefused) as refused:
        ACTS_OF_HR[name](session, draft, company.actor("hugo"), now)
    assert str(refused.value) == "It is proposed: take the proposal back before you change it"


def test_two_who_write_different_cells_are_both_heard(
    session: Session, company: Company, draft: LadderDraft, now: datetime
) -> None:
    assert save(session, draft, reword(ACTS), company.actor("hanna"), now) == 2
    assert save(session, draft, reword("Kneads well.", "dough"), company.actor("hugo"), now) == 3
    ladder = load_draft(session, company.actor("hugo"), draft.id).ladder
    assert [ladder.expectation(each, "pm-1").summary for each in ("care", "dough")] == [ACTS, "Kneads well."]


@pytest.mark.both_databases
def test_the_second_on_one_cell_sees_both_texts(
    session: Session, company: Company, draft: LadderDraft, settings: Settings, database_kind: str, now: datetime
) -> None:
    save(session, draft, reword(ACTS), company.actor("hanna"), now)
    hugo = company.actor("hugo")
    told = let_second_come_late(
        session, settings, lambda own: save(own, draft, reword("Nods."), hugo, now), "FOR NO KEY UPDATE"
    )
    assert told == "version 2 was saved in the meantime"
    with pytest.raises(Conflict) as refused:
        save(session, draft, reword("Nods."), hugo, now)
    found = refused.value
    assert (found.theirs["summary"], found.mine["summary"], found.saved_by) == (ACTS, "Nods.", "Hanna Ruiz")
    assert save(session, draft, reword("Nods."), hugo, now, version=2) == 3


def test_the_same_words_twice_are_no_conflict(
    session: Session, company: Company, draft: LadderDraft, now: datetime
) -> None:
    save(session, draft, reword(ACTS), company.actor("hanna"), now)
    assert save(session, draft, reword(ACTS), company.actor("hugo"), now) == 2


def test_another_text_overtakes_every_part_and_a_part_the_text(
    session: Session, company: Company, draft: LadderDraft, now: datetime
) -> None:
    hanna, hugo = company.actor("hanna"), company.actor("hugo")
    text = draft.source.replace("Kneads.", "Kneads on.").replace("Listens.", "Hears.")
    assert save_text(session, draft.id, text, version=1, actor=hanna, now=now) == 2
    with pytest.raises(Conflict):
        save(session, draft, reword(ACTS), hugo, now)
    save(session, draft, reword(ACTS), hugo, now, version=2)
    with pytest.raises(Conflict) as refused:
        save_text(session, draft.id, text + "# more\n", version=2, actor=hanna, now=now)
    assert (refused.value.mine, refused.value.saved_by) == ({"source": text + "# more\n"}, "Hugo Brandt")


def test_ending_a_level_is_refused_after_somebody_wrote_there(
    session: Session, company: Company, draft: LadderDraft, now: datetime
) -> None:
    hanna = company.actor("hanna")
    save(session, draft, reword(ACTS), hanna, now)
    with pytest.raises(TransitionRefused):
        save(session, draft, end_level("pm-2"), hanna, now)
    assert save(session, draft, end_level("pm-2"), hanna, now, version=2) == 3


def test_a_draft_never_has_a_fault(session: Session, company: Company, draft: LadderDraft, now: datetime) -> None:
    hanna, before = company.actor("hanna"), draft.source
    with pytest.raises(Invalid) as refused:
        save(session, draft, end_level("pm-1"), hanna, now)
    told = 'Care, Two: same_as names "pm-1", which does not exist (expected: one of: pm-2)'
    assert [str(fault) for fault in refused.value.faults] == [told]
    assert [str(fault) for fault in check_change(before, end_level("pm-1"))] == [told]
    with pytest.raises(Invalid) as refused:
        save_text(session, draft.id, before.replace("id: care", "id: dough"), version=1, actor=hanna, now=now)
    assert [fault.line for fault in refused.value.faults] == [17]
    assert check_change(before, reword("Fine.")) == ()
    assert draft.source == before


def test_a_published_version_is_not_written_again(
    session: Session, company: Company, draft: LadderDraft, now: datetime
) -> None:
    hanna = company.actor("hanna")
    acts: tuple[Callable[[], object], ...] = (
        lambda: begin_draft(session, SMALL, becomes="", base_id=None, actor=hanna, now=now),
        lambda: save(session, draft, change_head({"name": "Bakers"}, "1"), hanna, now),
        lambda: save_text(session, draft.id, SMALL, version=1, actor=hanna, now=now),
    )
    for act in acts:
        with pytest.raises(Invalid) as refused:
            act()
        what = "version: version 1 is published and never changes (expected: another version)"
        assert [str(fault) for fault in refused.value.faults] == [what]


def test_what_was_published_in_the_meantime_is_told(
    session: Session, company: Company, draft: LadderDraft, now: datetime
) -> None:
    hanna, hugo = company.actor("hanna"), company.actor("hugo")
    save(session, draft, reword(ACTS), hanna, now)
    propose(session, draft, hanna, now)
    publish_ladder(session, SMALL.replace('"1"', '"2"'), file="f", actor=hanna, now=now)
    assert load_draft(session, hugo, draft.id).is_behind
    with pytest.raises(Invalid) as refused:
        publish_proposal(session, draft.id, digest=draft.digest, actor=hugo, now=now)
    assert [fault.field for fault in refused.value.faults] == ["version"]


def test_only_what_was_read_is_proposed_and_published(
    session: Session, company: Company, draft: LadderDraft, now: datetime
) -> None:
    hanna, hugo, read = company.actor("hanna"), company.actor("hugo"), draft.digest
    with pytest.raises(Invalid) as refused:
        propose_draft(session, draft.id, digest=read, actor=hanna, now=now)
    assert str(refused.value) == (
        "nothing differs from version 1, which is published (expected: a change, or no new version)"
    )
    save(session, draft, reword(ACTS), hanna, now)
    for act in (propose_draft, publish_proposal):
        with pytest.raises(Invalid):
            act(session, draft.id, digest=read, actor=hanna if act is propose_draft else hugo, now=now)
        if act is propose_draft:
            propose(session, draft, hanna, now)


def test_a_discarded_proposal_is_a_draft_again_with_the_reason(
    session: Session, company: Company, draft: LadderDraft, now: datetime
) -> None:
    hanna, hugo = company.actor("hanna"), company.actor("hugo")
    save(session, draft, reword(ACTS), hanna, now)
    propose(session, draft, hanna, now)
    with pytest.raises(Invalid) as refused:
        discard_proposal(session, draft.id, " ", actor=hugo, now=now)
    assert [str(fault.what) for fault in refused.value.faults] == ["Nothing says why"]
    discard_proposal(session, draft.id, "Too vague", actor=hugo, now=now)
    row = load_draft(session, hanna, draft.id).row
    assert (row.is_proposal, row.returned_by, row.returned_why) == (False, "Hugo Brandt", "Too vague")
    propose(session, draft, hanna, now)
    discard_proposal(session, draft.id, "", actor=hanna, now=now)
    assert kinds(session)[-3:] == ["ladder.discard", "ladder.propose", "ladder.discard"]
    drop_draft(session, draft.id, actor=hanna, now=now)
    assert list_drafts(session, hanna) == ()


@pytest.mark.both_databases
def test_of_two_who_publish_at_once_the_second_finds_nothing(
    session: Session, company: Company, draft: LadderDraft, settings: Settings, database_kind: str, now: datetime
) -> None:
    save(session, draft, reword(ACTS), company.actor("hugo"), now)
    row = propose(session, draft, company.actor("hugo"), now)
    number, digest = row.id, row.digest
    session.commit()
    hanna = company.actor("hanna")
    publish_proposal(session, number, digest=digest, actor=hanna, now=now)
    told = let_second_come_late(
        session,
        settings,
        lambda own: publish_proposal(own, number, digest=digest, actor=hanna, now=now),
        "FOR NO KEY UPDATE",
    )
    assert (told, len(session.scalars(sa.select(LadderVersion)).all())) == ("", 2)


def test_whom_and_what_a_draft_concerns(session: Session, company: Company, draft: LadderDraft, now: datetime) -> None:
    hanna = company.actor("hanna")
    save(session, draft, add_level({"name": "Three"}, "pm-3", "pm-2"), hanna, now)
    save(session, draft, end_level("pm-2"), hanna, now, version=2)
    found = load_impact(session, load_draft(session, hanna, draft.id), hanna)
    assert [(each.level.level_id, each.level.is_ended, each.count, each.names) for each in found.levels] == [
        ("pm-1", False, 1, ("Finn Berg",)),
        ("pm-2", True, 2, ("Ben Ito", "Cora Diaz")),
    ]
    assert (found.running, found.in_draft) == ((), ())


def test_open_cases_are_counted_but_for_those_one_is_part_of(session: Session, now: datetime) -> None:
    scene = open_scene(session, now)
    cases = [
        open_case_of(session, scene, key, level, now) for key, level in (("iris", "staff-pm"), ("ben", "senior-pm"))
    ]
    hanna, hugo = scene.actor("hanna"), scene.actor("hugo")
    cycle = session.get_one(Cycle, scene.cycle_id)
    ladder = session.get_one(LadderVersion, cycle.ladder_version_id)
    row = begin_draft(session, ladder.source, becomes="next", base_id=ladder.id, actor=hanna, now=now)
    declare_conflict(session, cases[0].id, "dispute", "In court.", actor=hugo, now=now)
    told = [load_impact(session, load_draft(session, each, row.id), each).running for each in (hanna, hugo)]
    assert [[(line.id, line.version, line.cases) for line in lines] for lines in told] == [
        [(cycle.id, ladder.version, 2)],
        [(cycle.id, ladder.version, 1)],
    ]
