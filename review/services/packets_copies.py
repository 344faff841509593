"""Readers' own copies of their view: one for each reader and print, numbered within the packet, told in the trail."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.packet_files import COPY, SIGNED_COPY
from review.domain.access import Actor
from review.domain.errors import NotFound
from review.models import Packet, PacketCopy, PacketFile, Person
from review.queries.packets import find_packet, view_name
from review.queries.standing import Standing, lock_standing
from review.services import audit
from review.services.packets import ask_for_file, files_folder, print_anew

if TYPE_CHECKING:
    from review.adapters.packet_keys import SigningKey


def take_copy(
    session: Session, case_id: int, *, actor: Actor, now: datetime, taken_by: Actor | None = None
) -> PacketCopy | None:
    """Make the actor's own copy of their view of the packet, or ask for the print it needs: None until that is there.

    Whoever has a copy of this print gets the same again, signed where it was not and there is a key now. Raises
    NotFound for who may not have the PDF, or not before they have opened the packet, and KeyDamaged. Writes the file
    of the copy below the files folder.

    Args:
        taken_by: who takes it in the actor's stead, for the trail.
    """
    key = _read_key(session)
    standing = lock_standing(session, case_id, actor, now=now)
    packet, name = find_packet(session, case_id), view_name(standing)
    is_closed = standing.facts.must_open_packet or not standing.may_read("packet.pdf")
    if packet is None or name is None or is_closed:
        raise NotFound
    file = ask_for_file(session, packet, name, now=now)
    is_ready = file.state == "ready"
    kept = _find_kept(session, file, actor, is_signed=key is not None) if is_ready else None
    copy = kept or (_make(session, standing, file, key, now=now) if is_ready else None)
    if copy is None:
        _record(session, "packet.print", standing, packet, taken_by=taken_by, now=now)
    elif kept is None or taken_by is not None:
        detail = {"view": file.view, "number": copy.number, "digest": copy.digest}
        _record(session, "packet.copy", standing, copy, taken_by=taken_by, now=now, **detail)
    return copy


def _read_key(session: Session) -> SigningKey | None:
    """Return the installation's key; what signing needs is loaded here, before any row is locked."""
    path = session.get_bind().get_execution_options()["signing_key"]
    if not path.exists():
        return None
    from review.adapters.packet_keys import read_key

    import_module("review.adapters.packet_cms")
    return read_key(path)


def _find_kept(session: Session, file: PacketFile, actor: Actor, *, is_signed: bool) -> PacketCopy | None:
    """Return the reader's copy of a print, as it was handed out before; None where it must be made."""
    from review.adapters.packet_copies import read_copy  # loads a PDF library

    copy = _find(session, file, actor)
    if copy is None or (is_signed and not copy.path.endswith(SIGNED_COPY)):
        return None
    return copy if read_copy(files_folder(session), copy.path, copy.digest) is not None else None


def _make(
    session: Session, standing: Standing, file: PacketFile, key: SigningKey | None, *, now: datetime
) -> PacketCopy | None:
    """Make the reader's copy, or the same one again; None where the print is damaged, which is then printed anew."""
    from review.adapters.packet_copies import CopyLine, PrintDamaged, copy_path, make_copy  # loads a PDF library
    from review.adapters.packet_signature import Signing

    source, ending = file.digest or "", COPY if key is None else SIGNED_COPY
    packet = session.get_one(Packet, file.packet_id)
    signing = None if key is None else Signing(key, packet.sealed_at)
    copy = _find(session, file, standing.actor) or _number(session, standing, file, now)
    line = CopyLine(copy.number, copy.name, copy.made_at, copy.zone)
    path = copy_path(source, copy.person_id, copy.number, case_id=packet.case_id, ending=ending)
    try:
        digest = make_copy(files_folder(session), path, file.path or "", source, line, signing=signing)
    except PrintDamaged:
        print_anew(session, file, now=now)
        return None
    copy.path, copy.digest = path, digest
    session.add(copy)
    session.flush()
    return copy


def _find(session: Session, file: PacketFile, actor: Actor) -> PacketCopy | None:
    return session.scalar(
        sa.select(PacketCopy).where(
            PacketCopy.file_id == file.id, PacketCopy.person_id == actor.person_id, PacketCopy.source == file.digest
        )
    )


def _number(session: Session, standing: Standing, file: PacketFile, now: datetime) -> PacketCopy:
    """Return a copy with the packet's next number, not stored yet; the case is locked, so nobody else gets it."""
    reader = session.get_one(Person, standing.actor.person_id)
    last = session.scalar(sa.select(sa.func.max(PacketCopy.number)).where(PacketCopy.packet_id == file.packet_id)) or 0
    return PacketCopy(
        packet_id=file.packet_id,
        file_id=file.id,
        person_id=reader.id,
        number=last + 1,
        source=file.digest or "",
        name=reader.name,
        zone=reader.zone or standing.cycle.zone,
        made_at=now,
    )


def _record(
    session: Session,
    kind: str,
    standing: Standing,
    subject: Packet | PacketCopy,
    *,
    taken_by: Actor | None,
    now: datetime,
    **detail: object,
) -> None:
    """Tell the trail who took it; where somebody took it in the reader's stead, also whose it is."""
    whose = {} if taken_by is None else {"person": standing.actor.person_id}
    audit.record(
        session,
        kind,
        actor=taken_by or standing.actor,
        now=now,
        case_id=standing.case.id,
        subject_type=subject.__tablename__,
        subject_id=subject.id,
        detail={**detail, **whose},
    )
