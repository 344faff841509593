"""Publishing ladder versions that two people agreed on; they never change afterwards."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.delegation import acting_as
from review.domain.errors import Fault, Invalid, NotAllowed
from review.domain.ladder import Ladder
from review.domain.ladder_file import digest_source, dump_ladder, parse_ladder
from review.domain.ladder_overlay import merge_overlay
from review.domain.text import text
from review.models import LadderVersion
from review.queries.ladders import find_published
from review.queries.pinned import load_ladder
from review.services import audit
from review.services.first_writes import insert_once

OWN = text("You proposed this version; somebody else in HR must publish it.")


def publish_ladder(
    session: Session, source: str, *, file: str, actor: Actor, now: datetime, proposed_by: Actor | None = None
) -> LadderVersion:
    """Publish a ladder file as a new, immutable version, and record it.

    A ladder that extends another is published complete, laid over the published version that it names. Publishing the
    same text again returns the version that is there. For what has been approved already: by a command of who runs
    the installation, or as the last step of a proposal.

    Args:
        proposed_by: somebody else in HR, None where a command alone publishes it.

    Raises NotAllowed for everybody but HR, and for who proposed it themselves; Invalid with every fault, also for
    changed text under a published version.
    """
    acting = act_as_hr(actor)
    if proposed_by is not None:
        refuse_own(act_as_hr(proposed_by).person_id, acting)
    ladder, source = read_complete(session, source, file=file)
    names = {"id": ladder.id, "version": ladder.version}
    what = text("%(id)s %(version)s is published with other words", **names)
    published = find_published(session, ladder.id, ladder.version)
    if published is None:
        row = _publish(session, ladder, source, actor=acting, proposed_by=proposed_by, now=now)
        if row is not None:
            return row
        what = text("%(id)s %(version)s has been published in the meantime, with other words", **names)
        published = find_published(session, ladder.id, ladder.version)
    if published is None or published.digest != digest_source(source):
        raise Invalid([Fault(what, text("a new version: published versions never change"), file, field="version")])
    return published


def act_as_hr(actor: Actor) -> Actor:
    """Return who acts for HR; raise NotAllowed for everybody else."""
    acting = acting_as(actor, Role.HR)
    if acting is None:
        raise NotAllowed(text("Only HR can publish a ladder."), is_known=True)
    return acting


def refuse_own(proposer_id: int | None, acting: Actor) -> None:
    """Raise NotAllowed where somebody would publish what they proposed, themselves or on behalf of somebody."""
    if proposer_id is not None and proposer_id in (acting.person_id, acting.on_behalf_of):
        raise NotAllowed(OWN, is_known=True)


def read_complete(session: Session, source: str, *, file: str) -> tuple[Ladder, str]:
    """Return a ladder file as a ladder and its text, laid over what it extends; raise Invalid with every fault."""
    parsed = parse_ladder(source, file=file)
    if not isinstance(parsed, Ladder):
        raise Invalid(parsed)
    return _complete(session, parsed, source)


def _complete(session: Session, ladder: Ladder, source: str) -> tuple[Ladder, str]:
    """Return the ladder and its text, laid over the published ladder that it extends."""
    if ladder.extends is None:
        return ladder, source
    base = find_published(session, ladder.extends.ladder, ladder.extends.version)
    if base is None:
        what = text("the ladder that this one extends is not published")
        names = {"id": ladder.extends.ladder, "version": ladder.extends.version}
        raise Invalid([Fault(what, text("%(id)s %(version)s, published before", **names), field="overlays")])
    merged = merge_overlay(load_ladder(session, base.id), ladder)
    if not isinstance(merged, Ladder):
        raise Invalid(merged)
    return merged, dump_ladder(merged)


def _publish(
    session: Session, ladder: Ladder, source: str, *, actor: Actor, proposed_by: Actor | None, now: datetime
) -> LadderVersion | None:
    """Write the version and record it; None when somebody else has just written it."""
    values = {
        "key": ladder.id,
        "version": ladder.version,
        "name": ladder.name,
        "source": source,
        "digest": digest_source(source),
        "proposed_by_id": proposed_by.person_id if proposed_by else None,
        "published_at": now,
        "published_by_id": actor.person_id,
    }
    statement = insert_once(session, LadderVersion, values, unique=("key", "version")).returning(LadderVersion.id)
    number = session.scalar(statement)
    if number is None:
        return None
    row = session.get_one(LadderVersion, number)
    detail = {"key": row.key, "version": row.version, "digest": row.digest}
    if proposed_by is not None:
        audit.record(
            session,
            "ladder.propose",
            actor=proposed_by,
            now=now,
            subject_type="ladder",
            subject_id=row.id,
            detail=detail,
        )
    audit.record(
        session, "ladder.publish", actor=actor, now=now, subject_type="ladder", subject_id=row.id, detail=detail
    )
    return row
