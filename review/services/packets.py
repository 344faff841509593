"""Packets: frozen at the seal, printed by a job for each view, opened by their readers."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.jobs import job
from review.adapters.packet_files import print_to_file
from review.adapters.paper import Paper, template_version
from review.domain.access import SYSTEM, Actor
from review.domain.canonical_json import digest
from review.domain.packet_json import write_packet
from review.models import Feedback, Packet, PacketFile, Seat
from review.queries.packet_content import gather_packet
from review.queries.packets import EARLY_VIEWS, view_content
from review.queries.standing import lock_standing
from review.services import audit, printing
from review.services.book_turns import advance_books
from review.services.effects import Move, effect
from review.services.feedback_sets import show_next_set
from review.services.seals import unseal
from review.services.transitions import fire_item

RENDER = "render_packet"
LONGEST_ERROR = 500

log = logging.getLogger(__name__)


@effect("seal_packet")
def seal_packet(move: Move) -> None:
    """Freeze the case: its feedback, then the whole as canonical JSON with its digest; printing follows as jobs."""
    session, standing = move.session, move.standing
    case = standing.case
    for row in session.scalars(
        sa.select(Feedback).where(Feedback.case_id == case.id, Feedback.state == "submitted").order_by(Feedback.id)
    ):
        fire_item(session, case.id, row, "freeze", actor=SYSTEM, now=move.now)
    show_next_set(session, case, actor=SYSTEM, now=move.now)
    content = write_packet(gather_packet(session, standing, company=_company(session), sealed_at=move.now))
    number = session.scalar(sa.select(sa.func.count()).select_from(Packet).where(Packet.case_id == case.id)) or 0
    unseal(session, case.id, actor=move.actor, now=move.now)
    packet = Packet(
        case_id=case.id,
        number=number + 1,
        content=content.decode(),
        digest=digest(content),
        sealed_at=move.now,
        sealed_by_id=move.actor.person_id,
    )
    session.add(packet)
    session.flush()
    audit.record(
        session,
        "packet.seal",
        actor=move.actor,
        now=move.now,
        case_id=case.id,
        subject_type="packet",
        subject_id=packet.id,
        detail={"digest": packet.digest},
    )
    share = f"committee-{case.committee_id}" if case.committee_id else f"cycle-{case.cycle_id}"
    for name in EARLY_VIEWS:
        ask_for_file(session, packet, name, share=share, now=move.now)


def ask_for_file(session: Session, packet: Packet, name: str, *, now: datetime, share: str = "") -> PacketFile:
    """Ask for a view to be printed as packets are printed now, once; a print that failed or is gone is tried again.

    A print made with other templates stays as it is, beside the new one.

    Args:
        share: of whose batch it is. Without one, a person waits for it: it comes before all batches.
    """
    template = template_version(Paper())
    this = (PacketFile.packet_id == packet.id, PacketFile.view == name, PacketFile.template == template)
    file = session.scalar(sa.select(PacketFile).where(*this))
    if file is None:
        file = PacketFile(packet_id=packet.id, view=name, template=template, state="waiting")
        session.add(file)
        session.flush()
        printing.ask(session, RENDER, file.id, case_id=packet.case_id, share=share, now=now)
    elif file.state == "failed" or (file.state == "ready" and not _is_there(session, file)):
        print_anew(session, file, share=share, now=now)
    elif file.state == "waiting" and not share:
        printing.hurry(session, RENDER, file.id)
    return file


def print_anew(session: Session, file: PacketFile, *, now: datetime, share: str = "") -> None:
    """Ask for a print again."""
    packet = session.get_one(Packet, file.packet_id)
    printing.ask(session, RENDER, file.id, case_id=packet.case_id, share=share, now=now)
    _reopen(session, file.id)


def _reopen(session: Session, file_id: int) -> bool:
    """Let a print be waited for again; nobody waits for that of a packet that was unsealed."""
    file = session.get_one(PacketFile, file_id)
    if session.get_one(Packet, file.packet_id).unsealed_at is not None:
        return False
    file.state, file.error = "waiting", None
    session.flush()
    return True


def _is_there(session: Session, file: PacketFile) -> bool:
    return (files_folder(session) / (file.path or "")).is_file()


def files_folder(session: Session) -> Path:
    """Return the folder of the installation's files."""
    return Path(str(session.connection().get_execution_options()["files_dir"]))


def note_opened(session: Session, case_id: int, *, actor: Actor, now: datetime) -> None:
    """Keep that a member has opened the packet, the first time; whoever has no seat leaves no trace here."""
    standing = lock_standing(session, case_id, actor, now=now)
    seat = session.scalar(sa.select(Seat).where(Seat.case_id == case_id, Seat.person_id == actor.person_id))
    if seat is None or seat.opened_at is not None or not standing.may_read("packet.sealed"):
        return
    seat.opened_at = now
    audit.record(session, "packet.open", actor=actor, now=now, case_id=case_id, subject_type="seat", subject_id=seat.id)


def _read_for_print(session: Session, file_id: int) -> dict[str, Any]:
    file = session.get_one(PacketFile, file_id)
    packet = session.get_one(Packet, file.packet_id)
    content = view_content(packet, file.view)
    return {
        "content": content.decode(),
        "view": file.view.partition(".")[0],
        "folder": str(files_folder(session)),
        "path": f"packets/{packet.case_id}/{packet.number}-{file.view}-{digest(content)[:12]}-{file.template}.pdf",
    }


def _note_failure(session: Session, error: BaseException | str, file_id: int, *, now: datetime) -> None:
    printing.note_end(session, RENDER, file_id, error=str(error), now=now)
    file = session.get_one(PacketFile, file_id)
    file.state, file.error, file.rendered_at = "failed", str(error)[:LONGEST_ERROR], now
    _record(session, file, "packet.failed", now)
    advance_books(session, file_id, now=now)


@job(
    RENDER,
    read=_read_for_print,
    compute=print_to_file,
    fail=_note_failure,
    begin=partial(printing.begin, RENDER),
    reopen=_reopen,
)
def keep_file(session: Session, result: dict[str, Any], file_id: int, *, now: datetime) -> None:
    """Keep what a render process has printed, and for HR and the log which signs no font has."""
    printing.note_end(session, RENDER, file_id, now=now)
    file = session.get_one(PacketFile, file_id)
    missing = " ".join(result["missing"])
    if missing:
        log.warning("packet file %s: no font has a shape for %s", file_id, missing)
    file.state, file.path, file.digest = "ready", result["path"], result["digest"]
    file.size_bytes, file.page_count, file.rendered_at = result["size"], result["pages"], now
    file.error = missing[:LONGEST_ERROR] or None
    _record(session, file, "packet.rendered", now)
    advance_books(session, file_id, now=now)


def _record(session: Session, file: PacketFile, kind: str, now: datetime) -> None:
    packet = session.get_one(Packet, file.packet_id)
    audit.record(
        session,
        kind,
        actor=SYSTEM,
        now=now,
        case_id=packet.case_id,
        subject_type="packet_file",
        subject_id=file.id,
        detail={"view": file.view},
    )


def _company(session: Session) -> str:
    name: str = session.connection().get_execution_options().get("company", "")
    return name
