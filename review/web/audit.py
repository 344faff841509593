"""The record: every change, for those who may see it; for the auditor also as a file, and whether it is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request, stream_template, stream_with_context
from flask_babel import get_timezone
from sqlalchemy.orm import Session

from review.adapters.connections import only_reading
from review.adapters.event_files import FILES
from review.domain.access import Actor, Role
from review.domain.detail_words import tell_detail
from review.domain.errors import Invalid, NotFound
from review.domain.text import Text
from review.domain.trail import FIRST_MAC, Anchor, TrailCheck, TrailStatus, judge_trail
from review.domain.trail_words import tell_kind
from review.extensions import db
from review.forms.audit import AnchorForm, EventsForm
from review.queries.audit import find_case_code, list_events, walk_events
from review.queries.standing import load_standing
from review.queries.trail import find_end, walk_trail
from review.services import audit
from review.services.audit_head import audit_key
from review.web.guards import current_actor, current_now, requires
from review.web.words import tr

bp = Blueprint("audit", __name__)
EMPTY, STEP = TrailCheck(0, FIRST_MAC), 1_000
T = TypeVar("T")


@bp.get("/audit")
@requires("hr", "auditor", "it_admin")
def show() -> str:
    """Show the events, the newest first, narrowed."""
    return _page(EventsForm(formdata=request.args))


@bp.get("/cases/<int:case_id>/record")
@requires("hr", "auditor")
def of_case(case_id: int) -> str:
    """Show the events of one case, for who may read its record."""
    code = find_case_code(db.session(), current_actor(), case_id)
    form = EventsForm(formdata=request.args)
    form.case.data = code
    return _page(form, case=(case_id, code), can_open=_can_open(case_id))


@bp.post("/audit/file/<any(csv, jsonl):kind>")
@requires("auditor")
def take(kind: str) -> Response:
    """Send the narrowed events as a file, a piece at a time; that it was taken is an event itself."""
    form, actor, session = EventsForm(formdata=request.form), _auditor(), db.session()
    audit.record(session, "trail.export", actor=actor, now=current_now(), detail={"format": kind, **form.address()})
    session.commit()
    wanted = form.to_command(_zone())
    pieces = _read_piecewise(lambda reader: walk_events(reader, actor, wanted))
    lines = FILES[kind].write(pieces, lambda each: tr(tell_kind(each)))
    answer = Response(stream_with_context(lines), content_type=FILES[kind].content_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="record.{kind}"'
    return answer


@bp.get("/audit/whole")
@requires("auditor")
def whole() -> str:
    """Show the end of the record, to be kept elsewhere, and ask whether it is whole."""
    return _whole(AnchorForm(formdata=None))


@bp.get("/audit/anchor.json")
@requires("auditor")
def anchor() -> Response:
    """Send the end of the record as a file."""
    end = find_end(db.session())
    answer = Response(end.to_json() if end else "{}", content_type="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="anchor.json"'
    return answer


@bp.post("/audit/whole")
@requires("auditor")
def check() -> tuple[str, int] | Iterator[str]:
    """Look at the whole record and tell how far it is, in one page that grows."""
    form = AnchorForm()
    try:
        kept = form.to_command()
    except Invalid as refused:
        form.anchor.errors = [tr(fault.what) for fault in refused.faults]
        return _whole(form), 422
    end = find_end(db.session())
    return stream_template("audit/checked.html", steps=_look(_auditor(), kept), end=end, kept=kept)


def _look(actor: Actor, kept: Anchor | None) -> Iterator[tuple[TrailCheck, TrailStatus | None, Text | None]]:
    """Yield how far the record was looked at, and at last what that means; which is an event itself."""
    session, now, found, seq = db.session(), current_now(), EMPTY, kept.seq if kept else None
    for found in _read_piecewise(lambda reader: walk_trail(reader, audit_key(reader), anchor_seq=seq)):
        if found.seq % STEP == 0 and found.seq:
            yield found, None, None
    status, words = judge_trail(found, kept)
    audit.record(session, "trail.check", actor=actor, now=now, detail={"status": int(status), "seq": found.seq})
    session.commit()
    session.close()
    yield found, status, words


def _read_piecewise(walk: Callable[[Session], Iterator[T]]) -> Iterator[T]:
    """Read in a session that takes no lock for writing, its transaction ended after each piece.

    The request's own is closed for so long: on SQLite it would keep everybody waiting who saves.
    """
    db.session().close()
    with Session(only_reading(db.engine)) as reader:
        for piece in walk(reader):
            reader.rollback()
            yield piece


def _auditor() -> Actor:
    """Return who acts; what only an auditor reads is not lent."""
    actor = current_actor()
    if not actor.has(Role.AUDITOR):
        raise NotFound
    return actor


def _can_open(case_id: int) -> bool:
    """Tell whether whoever reads the record of a case finds the case too; an auditor does not."""
    try:
        return load_standing(db.session(), case_id, current_actor(), now=current_now()).may_read("case.stage")
    except NotFound:
        return False


def _page(form: EventsForm, *, case: tuple[int, str] | None = None, can_open: bool = False) -> str:
    actor = current_actor()
    page = list_events(db.session(), actor, form.to_command(_zone()), before=form.before.data)
    words = {"tell_kind": tell_kind, "tell_detail": tell_detail}
    knows = {"is_auditor": actor.has(Role.AUDITOR), "knows_cases": actor.has(Role.AUDITOR) or actor.has(Role.HR)}
    about = {"case": case, "can_open": can_open, "address": form.address()}
    return render_template("audit/list.html", page=page, form=form, **about, **knows, **words)


def _whole(form: AnchorForm) -> str:
    return render_template("audit/whole.html", form=form, end=find_end(db.session()))


def _zone() -> ZoneInfo:
    return ZoneInfo(str(get_timezone()))
