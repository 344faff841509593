"""Every text of a case that the actor may read at this moment, as its pages would show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.errors import NotFound
from review.models import Feedback
from review.queries.appeals import load_appeal_page
from review.queries.check_ins import load_check_ins
from review.queries.decisions import load_decision_page
from review.queries.evidence import list_evidence, load_self_review, read_self_reviews
from review.queries.feedback_page import load_feedback_page
from review.queries.giving import load_give_page
from review.queries.growth import load_growth_page
from review.queries.letters import load_letter_page
from review.queries.packets import find_packet, read_view
from review.queries.panel import load_panel_page
from review.queries.standing import Standing

Read = Callable[[Session, Standing], object]


def read_texts(session: Session, standing: Standing, *, now: datetime) -> Iterator[str]:
    """Yield each text that the actor may read in the case: page after page, and only as far as somebody asks."""
    for read in PAGES:
        yield from _texts(_read(read, session, standing))
    for number in _own_requests(session, standing):
        yield from _texts(_read(partial(_request, number=number, now=now), session, standing))


def _read(read: Read, session: Session, standing: Standing) -> object:
    try:
        return read(session, standing)
    except NotFound:  # nothing on this page is the actor's to read
        return None


def _request(session: Session, standing: Standing, *, number: int, now: datetime) -> object:
    return load_give_page(session, standing, number, now=now)


def _words(session: Session, standing: Standing) -> object:
    first = standing.criteria[0].id
    fit = load_self_review(session, standing, first).role_fit if standing.case.kind == "entry" else ()
    return read_self_reviews(session, standing), fit


def _packet(session: Session, standing: Standing) -> object:
    """Return the reader's view of the packet; a member has opened it first."""
    if not standing.may_read("packet.sealed") or standing.facts.must_open_packet:
        return None
    packet = find_packet(session, standing.case.id)
    return read_view(packet, standing) if packet is not None else None


def _check_ins(session: Session, standing: Standing) -> object:
    return load_check_ins(session, standing, is_agreed=True)


PAGES: tuple[Read, ...] = (
    list_evidence,
    _words,
    load_feedback_page,
    _packet,
    load_decision_page,
    load_letter_page,
    load_appeal_page,
    load_growth_page,
    _check_ins,
    load_panel_page,
)
"""What the pages of a case are made of; each says itself what the actor may have of it."""


def _own_requests(session: Session, standing: Standing) -> list[int]:
    mine = (Feedback.case_id == standing.case.id, Feedback.giver_id == standing.actor.person_id)
    return list(session.scalars(sa.select(Feedback.id).where(*mine).order_by(Feedback.id)))


def _texts(part: object) -> Iterator[str]:
    """Yield the texts within what a page is made of."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from _texts(value)
    elif isinstance(part, tuple | list):
        for value in part:
            yield from _texts(value)
    elif is_dataclass(part) and not isinstance(part, type):
        for each in fields(part):
            yield from _texts(getattr(part, each.name))
