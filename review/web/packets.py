"""The sealed packet: as a page, as PDF, and opened by those who vote on it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from flask import Blueprint, current_app, flash, redirect, render_template, send_file, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.canonical_json import digest
from review.domain.errors import NotFound
from review.domain.packet_json import write_packet
from review.extensions import db
from review.models import Packet, Seat
from review.queries.changed_ratings import list_changed
from review.queries.packets import FileRow, find_file, find_missing_signs, find_packet, read_view, view_name
from review.queries.standing import Standing, load_standing
from review.services.packets import note_opened, request_file
from review.web.guards import current_actor, current_now, load_or_404, requires

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
        standing=standing,
        packet=packet,
        content=content,
        receipt=digest(write_packet(content)),
        file=_file(standing, packet),
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
    """Send the reader's view as PDF, or say that it is still being made."""
    standing, packet = _sealed(case_id)
    if not standing.may_read("packet.pdf") or standing.facts.must_open_packet:
        raise NotFound
    file = _file(standing, packet)
    if file is None or file.state != "ready":
        return redirect(url_for(".page", case_id=case_id), 303)
    path = _path(file)
    name = f"{standing.case.code}-{standing.candidate.name.replace(' ', '-')}.pdf"
    answer = send_file(path, mimetype="application/pdf", as_attachment=True, download_name=name, etag=False)
    answer.headers["Cache-Control"] = "no-store"  # send_file would let a browser keep it
    return answer


@bp.post("/packet.pdf")
@requires("signed_in")
def make_pdf(case_id: int) -> Response:
    """Ask for the reader's view as PDF."""
    request_file(db.session(), case_id, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("The PDF is being made. It takes a minute; then it can be downloaded here."))
    return redirect(url_for(".page", case_id=case_id), 303)


def _sealed(case_id: int) -> tuple[Standing, Packet]:
    """Return the case and its packet; NotFound for who may not read it and while there is none."""
    session = db.session()
    standing = load_standing(session, case_id, current_actor(), now=current_now())
    packet = find_packet(session, case_id) if standing.may_read("packet.sealed") else None
    if packet is None:
        raise NotFound
    return standing, packet


def _seat_state(standing: Standing) -> str:
    mine = (Seat.case_id == standing.case.id, Seat.person_id == standing.actor.person_id)
    return db.session.scalar(sa.select(Seat.state).where(*mine)) or ""


def _file(standing: Standing, packet: Packet) -> FileRow | None:
    """Return the reader's printed view; one whose file is gone counts as not printed."""
    name = view_name(standing)
    file = None if name is None else find_file(db.session(), packet, name)
    return None if file is None or (file.state == "ready" and not _path(file).is_file()) else file


def _path(file: FileRow) -> Path:
    return Path(current_app.extensions["settings"].files_dir) / (file.path or "")
