"""The sealed packet: as a page, as PDF, and opened by those who vote on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, current_app, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.adapters.packet_files import is_as_handed_out_now
from review.adapters.paper import Paper, template_version
from review.domain.canonical_json import digest
from review.domain.errors import NotFound
from review.domain.packet_json import write_packet
from review.extensions import db
from review.models import Packet, Seat
from review.queries.changed_ratings import list_changed
from review.queries.packets import (
    FileRow,
    find_file,
    find_missing_signs,
    find_packet,
    find_turn,
    read_view,
    view_name,
)
from review.queries.standing import Standing, load_standing
from review.services.packets import note_opened
from review.services.packets_copies import take_copy
from review.web.answers import send_pdf
from review.web.guards import current_actor, current_now, load_or_404, requires

SECONDS_EACH = 5
"""How long one print takes at most, as a rule; what a reader who waits is told is reckoned from it."""

bp = Blueprint("packets", __name__, url_prefix="/cases/<int:case_id>")


@bp.get("/packet")
@requires("signed_in")
def page(case_id: int) -> str:
    """Show the reader's view of the packet; who votes on it opens it first."""
    standing, packet = _sealed(case_id)
    if standing.facts.must_open_packet:
        return render_template("packets/closed.html", standing=standing, packet=packet)
    content = load_or_404(read_view(packet, standing))
    return render_template(
        "packets/page.html",
        packet=packet,
        content=content,
        receipt=digest(write_packet(content)),
        **_print_parts(standing, packet),
        missing=find_missing_signs(db.session(), packet, standing),
        seat_state=_seat_state(standing),
        changed=list_changed(db.session(), standing),
    )


@bp.post("/packet/open")
@requires("signed_in")
def open_it(case_id: int) -> Response:
    """Open the packet: for a member this is kept."""
    _sealed(case_id)
    note_opened(db.session(), case_id, actor=current_actor(), now=current_now())
    db.session.commit()
    return redirect(url_for(".page", case_id=case_id), 303)


@bp.get("/packet.pdf")
@requires("signed_in")
def pdf(case_id: int) -> Response:
    """Send the reader's own copy; who has none yet is led to where it is made."""
    standing, packet = _printable(case_id)
    file = _file(standing, packet)
    if file is None or file.copy_path is None:
        return redirect(url_for(".page", case_id=case_id), 303)
    name = f"{standing.case.code}-{standing.candidate.name.replace(' ', '-')}.pdf"
    path = _path(file.copy_path)
    return send_pdf(path, name)


@bp.post("/packet.pdf")
@requires("signed_in")
def make_pdf(case_id: int) -> Response:
    """Make the reader's own copy and send it; where its print is not there yet, ask for that."""
    copy = take_copy(db.session(), case_id, actor=current_actor(), now=current_now())
    db.session.commit()
    if copy is not None:
        return redirect(url_for(".pdf", case_id=case_id), 303)
    flash(gettext("The PDF is being made. It appears on this page by itself."))
    return redirect(url_for(".page", case_id=case_id), 303)


@bp.get("/packet/print")
@requires("signed_in")
def print_state(case_id: int) -> Response:
    """Answer the page that waits for a print: nothing new, or what it now shows in its place."""
    parts = _print_parts(*_printable(case_id))
    if parts["minutes"] is not None:
        return make_response("", 204)
    return make_response(render_template("packets/_pdf.html", **parts))


def _sealed(case_id: int) -> tuple[Standing, Packet]:
    """Return the case and its packet; NotFound for who may not read it and while there is none."""
    session = db.session()
    standing = load_standing(session, case_id, current_actor(), now=current_now())
    packet = find_packet(session, case_id) if standing.may_read("packet.sealed") else None
    if packet is None:
        raise NotFound
    return standing, packet


def _printable(case_id: int) -> tuple[Standing, Packet]:
    """Return the case and its packet for who may have the PDF now; NotFound for all others."""
    standing, packet = _sealed(case_id)
    if not standing.may_read("packet.pdf") or standing.facts.must_open_packet:
        raise NotFound
    return standing, packet


def _print_parts(standing: Standing, packet: Packet) -> dict[str, Any]:
    """Return the reader's print, and in how many minutes it will be there: None where nobody waits for it."""
    file = _file(standing, packet)
    minutes, turn = None, None
    if file is not None and file.state == "waiting":
        turn = find_turn(db.session(), file)
        minutes = (turn.ahead // current_app.extensions["settings"].render_processes + 1) * SECONDS_EACH // 60 + 1
    may_hurry = turn is not None and turn.is_in_batch and minutes != 1
    return {"standing": standing, "file": file, "minutes": minutes, "may_hurry": may_hurry}


def _seat_state(standing: Standing) -> str:
    mine = (Seat.case_id == standing.case.id, Seat.person_id == standing.actor.person_id)
    return db.session.scalar(sa.select(Seat.state).where(*mine)) or ""


def _file(standing: Standing, packet: Packet) -> FileRow | None:
    """Return the reader's printed view; a print or a copy whose file is gone counts as not made.

    So does a copy without a signature, once there is a key to sign with.
    """
    name, reader_id = view_name(standing), standing.actor.person_id
    if name is None:
        return None
    file = find_file(db.session(), packet, name, template=template_version(Paper()), reader_id=reader_id)
    if file is None or (file.state == "ready" and not _is_there(file.path)):
        return None
    is_right = _is_there(file.copy_path) and is_as_handed_out_now(
        str(file.copy_path), current_app.extensions["settings"].signing_key
    )
    return file if is_right else replace(file, copy_number=None, copy_path=None)


def _is_there(path: str | None) -> bool:
    return path is not None and _path(path).is_file()


def _path(path: str) -> Path:
    return Path(current_app.extensions["settings"].files_dir) / path
