"""The consent list: what all votes agree on is decided with one confirmation; any member takes a case off before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.ballot import OVERALL_WORDS
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.phase import Phase
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow import Option
from review.models import Case, Committee, PulledCase
from review.queries.agenda import AgendaPage, load_agenda
from review.queries.standing import Standing, load_standing, lock_standing
from review.services import audit
from review.services.request_keys import claim
from review.services.transitions import fire

LONGEST_REASON = 1000
NOTES = "discussion.notes"


@dataclass(frozen=True)
class Confirmed:
    """What is confirmed of one case: the outcome that the list showed, and the reasons in the letter's words."""

    outcome: str
    rationale: str


def pull_off(
    session: Session, case_id: int, reason: str, *, actor: Actor, now: datetime, request_key: str | None = None
) -> bool:
    """Take a case off the consent list, to be talked about; False where that had been done before.

    Who it was is in the record alone.

    Raises:
        NotFound: no such case, or no part in the committee's work on it.
        NotAllowed: may read it, but takes no part in the discussion.
        TransitionRefused: its votes are not revealed, or it is decided.
        Invalid: the reason is too long.
    """
    standing = lock_standing(session, case_id, actor, now=now)
    if not standing.may_read("committee.seats") or actor.person_id is None:
        raise NotFound
    if standing.phase is not Phase.REVEALED:
        raise TransitionRefused([text("The committee does not discuss this case now")])
    if not standing.may_write(NOTES) or standing.facts.is_actor_recused:
        raise NotAllowed(text("Only the committee takes a case off the list"), is_known=True)
    if len(reason) > LONGEST_REASON:
        expected = text("at most %(count)s signs", count=LONGEST_REASON)
        raise Invalid([Fault(text("This is too long"), expected, field="reason")])
    committee_id = standing.case.committee_id
    pulled = sa.select(PulledCase.id).where(PulledCase.case_id == case_id, PulledCase.committee_id == committee_id)
    if not claim(session, request_key, actor=actor, now=now) or session.scalar(pulled) is not None:
        return False
    session.add(
        PulledCase(
            case_id=case_id,
            committee_id=committee_id,
            person_id=actor.person_id,
            reason=reason.strip(),
            pulled_at=now,
        )
    )
    audit.record(session, "agenda.pull", actor=actor, now=now, case_id=case_id)
    return True


def confirm_together(
    session: Session,
    committee_id: int,
    confirmed: Mapping[int, Confirmed],
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> int:
    """Record the decision of every case given, each as if it were decided alone; return how many, 0 for a repeat.

    All or none: the rows of all cases are locked first, in the order of their numbers.

    Raises:
        NotFound: no such committee, or no part in it.
        NotAllowed: the actor leads none of these cases.
        TransitionRefused: one or more cannot be decided like this any more; each is named, with the reason.
        Invalid: a case has no reasons.
    """
    faults = [_fault(each) for each, words in confirmed.items() if not words.rationale.strip()]
    if faults:
        raise Invalid(faults)
    _lock(session, committee_id, list(confirmed))
    page = load_agenda(session, committee_id, actor)
    if not page.led:
        raise NotAllowed(text("Only the chair records the decision"), is_known=True)
    if not claim(session, request_key, actor=actor, now=now):
        return 0
    refused: list[Text] = []
    ready: dict[int, Option] = {}
    for case_id in sorted(confirmed):
        option, reasons = _judge(session, page, case_id, confirmed[case_id].outcome, actor=actor, now=now)
        if reasons:
            name = _name(session, page, case_id, actor=actor, now=now)
            refused += [text("%(case)s: %(reason)s", case=name, reason=each) for each in reasons]
        if option is not None:
            ready[case_id] = option
    if refused or not ready:
        raise TransitionRefused(refused or [text("There is nothing to confirm")])
    for case_id, option in ready.items():
        words = confirmed[case_id].rationale
        note = words if option.note == "required" else ""
        fire(session, case_id, option.id, actor=actor, now=now, form={"rationale": words}, note=note)
    detail = {"cases": sorted(ready)}
    audit.record(
        session,
        "agenda.confirm",
        actor=actor,
        now=now,
        subject_type="committee",
        subject_id=committee_id,
        detail=detail,
    )
    return len(ready)


def _lock(session: Session, committee_id: int, case_ids: Sequence[int]) -> None:
    """Lock the committee, then the cases: the record's head comes after every one of them."""
    session.execute(sa.select(Committee.id).where(Committee.id == committee_id).with_for_update(key_share=True))
    of_it = sa.select(Case.id).where(Case.id.in_(case_ids), Case.committee_id == committee_id)
    session.execute(of_it.order_by(Case.id).with_for_update(key_share=True, of=Case))


def _judge(
    session: Session, page: AgendaPage, case_id: int, outcome: str, *, actor: Actor, now: datetime
) -> tuple[Option | None, list[Text]]:
    """Return the action that decides a case as the list showed it, or why that cannot be done now."""
    reason = _find_change(page, case_id, outcome)
    if reason is not None:
        return None, [reason]
    option = _find_option(load_standing(session, case_id, actor, now=now), outcome)
    if option is None:
        return None, [text("This is not possible at this step")]
    return option, [each.text for each in option.reasons]


def _find_change(page: AgendaPage, case_id: int, outcome: str) -> Text | None:
    """Return why a case is not what the list showed, if it is not."""
    agreed = page.agreed.get(case_id)
    says = text("The votes say now: %(outcome)s", outcome=OVERALL_WORDS[agreed.outcome] if agreed else "")
    reasons = (
        (case_id not in page.rows, text("It is not on the agenda any more")),
        (case_id in page.done, text("It is decided")),
        (case_id not in page.led, text("Only its chair records the decision")),
        (case_id in page.pulled, text("A member wants to talk about it")),
        (agreed is None, text("The votes do not agree any more, or are taken again")),
        (agreed is not None and agreed.outcome != outcome, says),
    )
    return next((words for is_so, words in reasons if is_so), None)


def _find_option(standing: Standing, outcome: str) -> Option | None:
    actions = standing.definition.actions
    return next(
        (each for each in standing.options() if each.id in actions and actions[each.id].decision == outcome), None
    )


def _name(session: Session, page: AgendaPage, case_id: int, *, actor: Actor, now: datetime) -> Text | str:
    """Name a case; one that the reader may know nothing of is a case of the list."""
    row = page.rows.get(case_id)
    if row is not None:
        return f"{row.candidate}, {row.code}"
    try:
        standing = load_standing(session, case_id, actor, now=now)
    except NotFound:
        return text("A case of the list")
    return f"{standing.candidate.name}, {standing.case.code}"


def _fault(case_id: int) -> Fault:
    return Fault(text("Give the reasons of the decision"), field=f"reason-{case_id}")
