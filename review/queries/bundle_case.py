"""What a case gives to its candidate who asks for their data: row by row what the grid lets them read in its phase."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.bundle import Entry, Reader, Section
from review.domain.letter import without_sources
from review.domain.packet_json import read_packet
from review.domain.packet_view import View, parts_in, view_of
from review.domain.phase import Phase
from review.models import Appeal, CheckIn, Evidence, FeedbackSummary, Gap, GrowthItem, GrowthPlan, Person, SelfReview
from review.queries.decisions import current_decision
from review.queries.letters import find_letter, list_earlier_letters, may_read_letter
from review.queries.packets import find_packet, phase_of
from review.queries.standing import Standing

SOURCE = "case.candidate_id"
OWN_DRAFT = ("self_review.draft", "packet.draft")
OWN_SEALED = ("self_review.submitted", "packet.sealed")
Say = Callable[[Mapping[str, Any]], dict[str, str]]


def gather_own_case(session: Session, standing: Standing, say: Say) -> Iterator[Entry]:
    """Yield what a candidate may have of their own case now.

    Args:
        standing: the case as its candidate meets it.
        say: puts the fields of an entry into words.
    """
    yield _case(session, standing, say)
    for read in (_own_words, _ratings, _summary, _letter, _gaps, _appeals, _growth, _check_ins):
        yield from read(session, standing, say)


def _case(session: Session, standing: Standing, say: Say) -> Entry:
    case, ladder = standing.case, standing.ladder
    decision = current_decision(session, case.id) if standing.may_read("decision.outcome") else None
    fields = {
        "code": case.code,
        "cycle": standing.cycle.name,
        "kind": case.kind,
        "from_level": ladder.level(case.from_level_id).name if case.from_level_id else "",
        "to_level": ladder.level(case.to_level_id).name,
        "nomination": case.nomination,
        "nomination_reason": case.nomination_reason if case.nominated_by_id == case.candidate_id else "",
        "created_at": case.created_at,
        "outcome": decision.outcome if decision else "",
    }
    return _entry(standing, "case", Section.CASES, say(fields), reader=Reader.CASE, things=("case.existence",))


def _own_words(session: Session, standing: Standing, say: Say) -> Iterator[Entry]:
    if not any(standing.may_read(thing) for thing in (*OWN_DRAFT, *OWN_SEALED)):
        return
    case = standing.case
    is_sealed = standing.phase.rank >= Phase.SEALED.rank  # before, some of it may be a draft, which nobody else reads
    of_hr = {"reader": Reader.CASE if is_sealed else Reader.NOBODY, "things": ("self_review.submitted",)}
    for review in session.scalars(sa.select(SelfReview).where(SelfReview.case_id == case.id).order_by(SelfReview.id)):
        fields = {"criterion_id": review.criterion_id, "body": review.body, "updated_at": review.updated_at}
        yield _entry(standing, f"self_review-{review.id}", Section.OWN_WORDS, say(fields), **of_hr)
    for item in session.scalars(sa.select(Evidence).where(Evidence.case_id == case.id).order_by(Evidence.position)):
        names = ("title", "done", "effect", "measure", "baseline", "target", "actual", "created_at", "removed_at")
        fields = {name: getattr(item, name) for name in names}
        fields["links"] = "\n".join(f"{each['label']} {each['url']}" for each in item.links)
        more = of_hr if item.removed_at is None else {}
        yield _entry(standing, f"evidence-{item.id}", Section.OWN_WORDS, say(fields), **more)
    if case.role_fit:
        fields = {f"answer_{name}": answer for name, answer in case.role_fit.items()}
        yield _entry(standing, "role_fit", Section.OWN_WORDS, say(fields), **of_hr)


def _ratings(session: Session, standing: Standing, say: Say) -> Iterator[Entry]:
    """Yield the ratings in the candidate's own view of the packet, without who gave them."""
    packet = find_packet(session, standing.case.id) if standing.may_read("rating.final") else None
    phase = phase_of(View.CANDIDATE, standing.phase, standing.cycle.policy)
    if packet is None or not parts_in(View.CANDIDATE, phase):
        return
    content = view_of(read_packet(packet.content.encode()), View.CANDIDATE, phase)
    for criterion in content.criteria:
        for rating in criterion.ratings:
            fields = {
                "criterion_id": criterion.id,
                "kind": rating.kind.value,
                "value": rating.value,
                "justification": rating.justification,
                "reason": rating.reason,
                "words_withheld": rating.is_withheld,
            }
            key = f"rating-{criterion.id}-{rating.anchor}"
            yield _entry(standing, key, Section.RESULTS, say(fields), reader=Reader.CASE, things=("rating.final",))


def _summary(session: Session, standing: Standing, say: Say) -> Iterator[Entry]:
    thing = "feedback.summary"
    if standing.may_read(thing):
        mine = sa.select(FeedbackSummary).where(FeedbackSummary.case_id == standing.case.id)
        for row in session.scalars(mine):
            fields = say({"body": row.body, "updated_at": row.updated_at})
            yield _entry(standing, "feedback_summary", Section.RESULTS, fields, reader=Reader.CASE, things=(thing,))


def _letter(session: Session, standing: Standing, say: Say) -> Iterator[Entry]:
    letter, things = find_letter(session, standing.case.id), ("decision.rationale",)
    if letter is not None and may_read_letter(standing, letter):
        fields = say({"body": letter.body, "released_at": letter.released_at})
        yield _entry(standing, "letter", Section.RESULTS, fields, reader=Reader.CASE, things=things)
    for earlier in list_earlier_letters(session, standing):
        fields = say({name: getattr(earlier, name) for name in ("body", "released_at", "set_aside_on")})
        yield _entry(standing, f"letter-{earlier.id}", Section.RESULTS, fields, reader=Reader.CASE, things=things)


def _gaps(session: Session, standing: Standing, say: Say) -> Iterator[Entry]:
    thing = "decision.rationale"
    if not standing.may_read(thing):
        return
    mine = sa.select(Gap).where(Gap.case_id == standing.case.id, Gap.removed_at.is_(None)).order_by(Gap.id)
    for gap in session.scalars(mine):
        names = ("criterion_id", "sentence", "seen", "missing", "activity", "review_on")
        fields = {
            name: without_sources(words) for name, words in say({each: getattr(gap, each) for each in names}).items()
        }
        yield _entry(standing, f"gap-{gap.id}", Section.RESULTS, fields, reader=Reader.CASE, things=(thing,))


def _appeals(session: Session, standing: Standing, say: Say) -> Iterator[Entry]:
    thing = "appeal.text"
    if not standing.may_read(thing):
        return
    for row in session.scalars(sa.select(Appeal).where(Appeal.case_id == standing.case.id).order_by(Appeal.id)):
        fields = say(
            {name: getattr(row, name) for name in ("ground", "body", "filed_at", "result", "reason", "decided_at")}
        )
        yield _entry(standing, f"appeal-{row.id}", Section.OWN_WORDS, fields, reader=Reader.CASE, things=(thing,))


def _growth(session: Session, standing: Standing, say: Say) -> Iterator[Entry]:
    thing = "growth_plan"
    if not standing.may_read(thing):
        return
    plan = session.scalar(sa.select(GrowthPlan).where(GrowthPlan.case_id == standing.case.id))
    if plan is None:
        return
    of_hr = {"reader": Reader.CASE, "things": (thing,)}
    agreed = ("mentor", "training_budget", "agreed_by_candidate_at", "agreed_by_manager_at")
    fields = say({name: getattr(plan, name) for name in agreed})
    yield _entry(standing, "growth_plan", Section.RESULTS, fields, **of_hr)
    items = sa.select(GrowthItem).where(GrowthItem.plan_id == plan.id).order_by(GrowthItem.position)
    for item in session.scalars(items):
        names = ("activity", "goal", "due_on", "skill", "experience", "interest")
        fields = say({name: getattr(item, name) for name in names})
        yield _entry(standing, f"growth_item-{item.id}", Section.RESULTS, fields, **of_hr)


def _check_ins(session: Session, standing: Standing, say: Say) -> Iterator[Entry]:
    thing = "growth_plan.check_ins"
    if not standing.may_read(thing):
        return
    mine = sa.select(CheckIn, Person.id).join(Person, Person.id == CheckIn.written_by_id)
    for row, writer_id in session.execute(mine.where(CheckIn.case_id == standing.case.id).order_by(CheckIn.id)):
        words = "\n".join(f"{each['activity']}: {each['words']}" for each in row.lines)
        fields = {
            "held_on": row.held_on,
            "words": words,
            "next_on": row.next_on,
            "by_yourself": writer_id == standing.case.candidate_id,
        }
        key = f"check_in-{row.id}"
        yield _entry(standing, key, Section.RESULTS, say(fields), reader=Reader.CASE, things=(thing,))


def _entry(standing: Standing, key: str, section: Section, fields: dict[str, str], **of_hr: Any) -> Entry:
    case_id = standing.case.id
    return Entry(f"{key}-case-{case_id}", section, SOURCE, fields, case_id, **of_hr)
