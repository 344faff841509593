"""Readers' own copies of their view: one for each reader and print, numbered within the packet, told in the trail."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import NotFound
from review.models import Packet, PacketCopy, PacketFile, Person
from review.queries.packets import find_packet, view_name
from review.queries.standing import Standing, lock_standing
from review.services import audit
from review.services.packets import ask_for_file, files_folder, print_anew


def take_copy(session: Session, case_id: int, *, actor: Actor, now: datetime) -> PacketCopy | None:
    """Make the actor's own copy of their view of the packet, or ask for the print it needs: None until that is there.

    Whoever has a copy of this print gets the same again. Raises NotFound for who may not have the PDF, or not before
    they have opened the packet. Writes the file of the copy below the files folder.
    """
    standing = lock_standing(session, case_id, actor, now=now)
    packet, name = find_packet(session, case_id), view_name(standing)
    is_closed = standing.facts.must_open_packet or not standing.may_read("packet.pdf")
    if packet is None or name is None or is_closed:
        raise NotFound
    file = ask_for_file(session, packet, name, now=now)
    copy = _find_or_make(session, standing, file, now) if file.state == "ready" else None
    if copy is None:
        audit.record(
            session, "packet.print", actor=actor, now=now, case_id=case_id, subject_type="packet", subject_id=packet.id
        )
    return copy


def _find_or_make(session: Session, standing: Standing, file: PacketFile, now: datetime) -> PacketCopy | None:
    """Return the reader's copy of a print; None where the print is damaged, which is then printed anew."""
    from review.adapters.packet_copies import CopyLine, PrintDamaged, make_copy, read_copy  # loads a PDF library

    folder, source = files_folder(session), file.digest or ""
    copy = _find(session, file, standing.actor) or _number(session, standing, file, now)
    if copy.id is not None and read_copy(folder, copy.path, copy.digest) is not None:
        return copy
    line = CopyLine(copy.number, copy.name, copy.made_at, copy.zone)
    try:
        copy.digest = make_copy(folder, copy.path, file.path or "", source, line)
    except PrintDamaged:
        print_anew(session, file, now=now)
        return None
    session.add(copy)
    session.flush()
    _record(session, standing, file, copy, now)
    return copy


def _find(session: Session, file: PacketFile, actor: Actor) -> PacketCopy | None:
    return session.scalar(
        sa.select(PacketCopy).where(
            PacketCopy.file_id == file.id, PacketCopy.person_id == actor.person_id, PacketCopy.source == file.digest
        )
    )


def _number(session: Session, standing: Standing, file: PacketFile, now: datetime) -> PacketCopy:
    """Return a copy with the packet's next number, not stored yet; the case is locked, so nobody else gets it."""
    from review.adapters.packet_copies import copy_path

    reader = session.get_one(Person, standing.actor.person_id)
    last = session.scalar(sa.select(sa.func.max(PacketCopy.number)).where(PacketCopy.packet_id == file.packet_id)) or 0
    packet = session.get_one(Packet, file.packet_id)
    return PacketCopy(
        packet_id=packet.id,
        file_id=file.id,
        person_id=reader.id,
        number=last + 1,
        source=file.digest or "",
        name=reader.name,
        zone=reader.zone or standing.cycle.zone,
        made_at=now,
        path=copy_path(file.digest or "", reader.id, last + 1, case_id=packet.case_id),
    )


def _record(session: Session, standing: Standing, file: PacketFile, copy: PacketCopy, now: datetime) -> None:
    audit.record(
        session,
        "packet.copy",
        actor=standing.actor,
        now=now,
        case_id=standing.case.id,
        subject_type="packet_copy",
        subject_id=copy.id,
        detail={"view": file.view, "number": copy.number, "digest": copy.digest},
    )
