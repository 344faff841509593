"""What one call says, as far as the hook's owner may tell it at that moment; nothing that the embargo holds back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import NotFound
from review.domain.hook_bodies import Said
from review.domain.hook_kinds import OF_CASES, HookKind, may_be_told
from review.domain.phase import Phase
from review.domain.stages import is_embargoed
from review.domain.text import Text, plural, text
from review.domain.values import dataclass
from review.domain.workflow_words import PHASES
from review.models import Cycle, Hook, HookDelivery, Person, Release
from review.queries.actors import find_actor
from review.queries.hooks import WITH_COMMITTEE, StageCount, count_waiting
from review.queries.standing import load_standing

CYCLE_SENTENCES = {
    HookKind.CYCLE_OPENED: "The cycle %(name)s is open.",
    HookKind.CYCLE_CLOSED: "The cycle %(name)s is closed.",
    HookKind.DECISIONS_RELEASED: "Decisions of the cycle %(name)s were announced.",
}


@dataclass(frozen=True)
class _About:
    """Numbers, sentences, and the page that it leads to."""

    numbers: dict[str, int]
    sentences: tuple[str, ...]
    path: str


def find_teller(session: Session, hook: Hook, *, now: datetime) -> Actor | None:
    """Return a hook's owner as they may act now; None once they have left, or may be told none of what it tells."""
    if not session.get_one(Person, hook.owner_id, populate_existing=True).is_active:
        return None
    owner = find_actor(session, hook.owner_id, today=now.date())
    return owner if any(may_be_told(kind, owner.roles) for kind in hook.kinds) else None


def say(session: Session, call: HookDelivery, owner: Actor, *, public_url: str, now: datetime) -> Said | None:
    """Return what a call says; None where its owner may not tell it now, or there is nothing to say."""
    if not may_be_told(call.kind, owner.roles):
        return None
    about = _find_about(session, call, owner, now)
    if about is None:
        return None
    return Said(call.kind, call.happened_at, about.numbers, about.sentences, public_url + about.path)


def _find_about(session: Session, call: HookDelivery, owner: Actor, now: datetime) -> _About | None:
    if call.kind in OF_CASES:
        return _about_case(session, call.case_id or 0, owner, now)
    if call.kind in CYCLE_SENTENCES:
        return _about_cycle(session, call)
    if call.kind == HookKind.DIGEST:
        lines = tuple(_count(count_waiting(session, owner, today=now.date())))
        return _About({}, lines, "/cycles") if lines else None
    if call.kind == HookKind.PEOPLE_IMPORTED:
        return _About({}, ("A people file was taken in.",), "/people")
    return _About({}, ("This is a test: it has arrived.",), "/integrations")


def _about_case(session: Session, case_id: int, owner: Actor, now: datetime) -> _About | None:
    """Return what may be said of a case: that it moved, never where to, and nothing while the committee keeps it."""
    try:
        standing = load_standing(session, case_id, owner, now=now)
    except NotFound:
        return None
    case, tokens = standing.case, standing.facts.tokens
    is_kept = is_embargoed(standing.definition, tokens, is_insider=False, vote_round=case.vote_round)
    if is_kept or not standing.may_read("case.stage"):
        return None
    return _About({"case_id": case.id, "cycle_id": case.cycle_id}, (), f"/cases/{case.id}")


def _about_cycle(session: Session, call: HookDelivery) -> _About | None:
    numbers, cycle_id = {}, call.about_id or 0
    if call.kind == HookKind.DECISIONS_RELEASED:
        numbers, cycle_id = {"release_id": cycle_id}, session.get_one(Release, cycle_id).cycle_id
    cycle = session.get(Cycle, cycle_id)
    if cycle is None:
        return None
    sentence = CYCLE_SENTENCES[HookKind(call.kind)] % {"name": cycle.name}
    return _About({**numbers, "cycle_id": cycle.id}, (sentence,), f"/cycles/{cycle.id}")


def _count(rows: tuple[StageCount, ...]) -> Iterator[str]:
    for row in rows:
        if row.phases[0].rank >= Phase.ANNOUNCED.rank:
            continue
        stage = text("With the committee") if row.phases == WITH_COMMITTEE else PHASES[row.phases[0]]
        yield str(_tell(row, stage))


def _tell(row: StageCount, stage: Text) -> Text:
    waits = plural("%(count)s case waits", "%(count)s cases wait", row.count)
    late = plural("%(count)s is late", "%(count)s are late", row.late)
    return text("%(cycle)s, %(stage)s: %(waits)s, %(late)s.", cycle=row.cycle, stage=stage, waits=waits, late=late)
