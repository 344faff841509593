"""A rehearsal is built and played on in the background: the draft is read, the walk is computed, its end is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.jobs import job
from review.domain.errors import NotFound
from review.models import Rehearsal
from review.rehearsal.draft import parse_draft, read_draft, write_draft
from review.rehearsal.place import Place, sweep_places
from review.services.rehearsals import REHEARSE, THROWN_AWAY, Walk, note_failed, note_walked

KEPT_FOR = timedelta(days=90)


def read_walk(session: Session, rehearsal_id: int, folder: str, how: str, at: str) -> dict[str, Any]:
    """Return what a walk is computed from: the draft, where it is walked, and how far."""
    row = session.get(Rehearsal, rehearsal_id)
    if row is None:
        raise NotFound
    draft = write_draft(read_draft(session, row.cycle_id)) if how == Walk.BUILD else ""
    return {"folder": folder, "draft": draft, "how": how, "at": at, "seed": rehearsal_id}


def walk(given: dict[str, Any]) -> dict[str, Any]:
    """Build a rehearsal or play it on; return how far it is, and what kept the cycle from being opened."""
    from review.rehearsal.company import build_company  # loaded where one is played, not by whoever asks for it
    from review.rehearsal.play import is_over, play_on, play_to_the_end

    place, refusal, is_stuck = Place(Path(given["folder"])), "", False
    match Walk(given["how"]):
        case Walk.BUILD:
            draft, now = parse_draft(given["draft"]), datetime.fromisoformat(given["at"])
            refusal = build_company(place, draft, now=now, seed=given["seed"])
        case Walk.NEXT:
            is_stuck = not play_on(place, place.tell)
        case Walk.END:
            is_stuck = not play_to_the_end(place, place.tell)
    has_ended = not refusal and is_over(place)
    return {"is_over": has_ended, "is_stuck": is_stuck and not has_ended, "refusal": refusal}


def keep_failure(session: Session, error: BaseException | str, rehearsal_id: int, *_rest: str, now: datetime) -> None:
    """Keep that a walk came to nothing."""
    note_failed(session, rehearsal_id, error, now=now)


@job(REHEARSE, read=read_walk, compute=walk, fail=keep_failure)
def keep_walk(session: Session, result: dict[str, Any], rehearsal_id: int, *_rest: str, now: datetime) -> None:
    """Keep how far the walk is."""
    note_walked(session, rehearsal_id, result, now=now)


def sweep(session: Session, var_dir: Path, *, now: datetime) -> None:
    """Remove the folders of rehearsals that are thrown away, old, or of drafts that are gone."""
    kept = sa.select(Rehearsal.id).where(Rehearsal.state != THROWN_AWAY, Rehearsal.started_at > now - KEPT_FOR)
    sweep_places(var_dir, frozenset(session.scalars(kept)))
