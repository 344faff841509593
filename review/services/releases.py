"""Releases: one HR partner prepares a batch of letters, another approves it, then all of them go out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.text import Text, text
from review.models import Release, ReleaseItem
from review.queries.cases import lock_cases
from review.queries.cycles import lock_cycle
from review.queries.releases import MOST_AT_ONCE, Batch, list_batches, list_case_ids, list_rows, lock_release
from review.services import audit
from review.services.releases_sending import hand_over, is_for_a_worker, send_letters, with_code
from review.services.request_keys import claim

OWN_BATCH = text("You prepared this batch; another HR partner approves it")


def prepare_release(
    session: Session,
    cycle_id: int,
    case_ids: Collection[int],
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> Release | None:
    """Put decided cases with ready letters into a batch for a second person; None when this form took effect before.

    Raises NotAllowed for anybody but an HR partner in person, NotFound for a case they do not run, Invalid without
    a case or with more than go out at once, TransitionRefused for one that is not ready or waits in another batch.
    """
    _require_hr(actor)
    chosen = sorted(set(case_ids))
    if len(chosen) > MOST_AT_ONCE:
        raise Invalid([Fault(_too_many(len(chosen)), field="cases")])
    lock_cycle(session, cycle_id)
    lock_cases(session, chosen)
    if not claim(session, request_key, actor=actor, now=now):
        return None
    if not chosen:
        raise Invalid([Fault(text("Choose at least one letter"), field="cases")])
    rows = {row.case_id: row for row in list_rows(session, cycle_id, actor)}
    if not rows.keys() >= set(chosen):
        raise NotFound
    reasons = [with_code(rows[each].code, why) for each in chosen for why in rows[each].reasons]
    reasons += [
        with_code(rows[each].code, text("It is in another batch")) for each in chosen if rows[each].batch_id is not None
    ]
    if reasons:
        raise TransitionRefused(reasons)
    release = Release(cycle_id=cycle_id, prepared_by_id=actor.person_id, prepared_at=now)
    session.add(release)
    session.flush()
    items = [{"release_id": release.id, "case_id": each, "decision_id": rows[each].decision_id} for each in chosen]
    session.execute(sa.insert(ReleaseItem), items)
    _record(session, "release.prepare", release, chosen, actor=actor, now=now)
    return release


def approve_release(
    session: Session,
    cycle_id: int,
    release_id: int,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> tuple[int, ...] | None:
    """Approve somebody else's batch and send every letter in it; return the cases, None where a worker sends them.

    Each case makes the move that fits its decision and sends the letter out, whatever its workflow calls it. If one
    cannot, the batch is not approved. Of many, one that cannot any more when a worker comes to it stays behind.

    Raises:
        NotAllowed: not an HR partner in person, or the one who prepared the batch.
        NotFound: no such batch, or one with a case that this HR partner has a part in.
        TransitionRefused: approved or cancelled already, or a letter is no longer ready.
    """
    release, batch = _open_batch(session, cycle_id, release_id, actor)
    if release.prepared_by_id == actor.person_id:
        raise NotAllowed(OWN_BATCH, is_known=True)
    if not claim(session, request_key, actor=actor, now=now):
        return ()
    reasons = [with_code(row.code, why) for row in batch.rows for why in row.reasons]
    reasons += [with_code(row.code, batch.stale[row.case_id]) for row in batch.rows if row.case_id in batch.stale]
    if reasons:
        raise TransitionRefused(reasons)
    release.approved_by_id, release.approved_at = actor.person_id, now
    session.flush()
    case_ids = list_case_ids(session, release_id)
    _record(session, "release.approve", release, case_ids, actor=actor, now=now)
    if is_for_a_worker(case_ids):
        hand_over(session, release, len(case_ids))
        return None
    send_letters(session, case_ids, actor=actor, now=now)
    return case_ids


def cancel_release(session: Session, cycle_id: int, release_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a batch apart before it goes out; nothing is told to anybody. Raises as approve_release does."""
    release, _ = _open_batch(session, cycle_id, release_id, actor)
    release.cancelled_at = now
    session.flush()
    _record(session, "release.cancel", release, list_case_ids(session, release_id), actor=actor, now=now)


def _open_batch(session: Session, cycle_id: int, release_id: int, actor: Actor) -> tuple[Release, Batch]:
    """Lock and return a batch that waits, with its rows; who has a part in one of its cases does not find it."""
    _require_hr(actor)
    lock_cycle(session, cycle_id)
    release = lock_release(session, release_id)
    if release is None or release.cycle_id != cycle_id:
        raise NotFound
    if release.approved_at is not None:
        raise TransitionRefused([text("This batch was approved already")])
    if release.cancelled_at is not None:
        raise TransitionRefused([text("This batch was cancelled")])
    lock_cases(session, list_case_ids(session, release_id))
    batches = list_batches(session, cycle_id, list_rows(session, cycle_id, actor))
    batch = next((each for each in batches if each.id == release_id), None)
    if batch is None:
        raise NotFound
    return release, batch


def _too_many(count: int) -> Text:
    said = "At most %(most)s letters go out at once, and %(count)s are chosen; prepare the rest as another batch"
    return text(said, most=MOST_AT_ONCE, count=count)


def _require_hr(actor: Actor) -> None:
    """A release is never done for somebody else: two HR partners, each in person."""
    if not actor.has(Role.HR):
        raise NotAllowed(text("Only an HR partner, in person, releases letters"))


def _record(
    session: Session, kind: str, release: Release, case_ids: Collection[int], *, actor: Actor, now: datetime
) -> None:
    audit.record(
        session,
        kind,
        actor=actor,
        now=now,
        subject_type="release",
        subject_id=release.id,
        detail={"cases": list(case_ids)},
    )
