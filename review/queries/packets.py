"""Sealed packets: the one that counts, and which view of it a reader has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review.domain.access import Role
from review.domain.packet import PacketContent
from review.domain.packet_json import read_packet, write_packet
from review.domain.packet_view import View, parts_in, view_of
from review.domain.phase import Phase
from review.domain.policy import candidate_reads_rating
from review.domain.printing import PACKET
from review.domain.values import dataclass
from review.models import Packet, PacketCopy, PacketFile, PrintJob
from review.queries.standing import Standing

EARLY_VIEWS = ("committee", "manager", "candidate")
"""Printed at the seal; other views, and what later phases add to these, are printed when first asked for."""

BY_ROLE = (
    (Role.CHAIR, View.COMMITTEE),
    (Role.MEMBER, View.COMMITTEE),
    (Role.HR, View.HR),
    (Role.APPEALS, View.APPEALS),
    (Role.EXECUTIVE, View.EXECUTIVE),
    (Role.MANAGER, View.MANAGER),
    (Role.SKIP_LEVEL, View.SKIP_LEVEL),
    (Role.CANDIDATE, View.CANDIDATE),
)
"""Which view a reader gets who has several roles: the one that holds most."""


@dataclass(frozen=True)
class FileRow:
    """A printed view: waiting, ready or failed; with the reader's own copy of it, where they have one."""

    id: int
    state: str
    path: str | None
    page_count: int | None
    error: str | None
    copy_number: int | None
    copy_path: str | None
    copied_at: datetime | None
    copy_zone: str | None


@dataclass(frozen=True)
class Turn:
    """How many prints come before one, and whether it waits in a batch, behind whatever a person waits for."""

    ahead: int
    is_in_batch: bool


def find_packet(session: Session, case_id: int) -> Packet | None:
    """Return the sealed packet that counts, None while there is none or the last one was unsealed."""
    return session.scalar(
        sa.select(Packet)
        .where(Packet.case_id == case_id, Packet.unsealed_at.is_(None))
        .order_by(Packet.number.desc())
        .limit(1)
    )


def find_view(standing: Standing) -> View | None:
    """Return the reader's view of the packet, None for somebody who has none now."""
    for role, view in BY_ROLE:
        if role in standing.reading and parts_in(view, _phase(standing, view)):
            return view
    return None


def view_name(standing: Standing) -> str | None:
    """Return the name under which the reader's view is printed: `manager`, or `manager.revealed` where it holds more.

    The name carries the first phase in which the view holds what it holds now, so that phases alike share a file.
    """
    view = find_view(standing)
    return None if view is None else name_view(view, _phase(standing, view))


def name_view(view: View, phase: Phase) -> str:
    """Return the name of a view in a phase, see view_name()."""
    parts = parts_in(view, phase)
    first = next(each for each in Phase if parts_in(view, each) == parts)
    return str(view) if first.rank <= Phase.SEALED.rank else f"{view}.{first}"


def view_content(packet: Packet, name: str) -> bytes:
    """Return the canonical JSON of a named view."""
    view, _, phase = name.partition(".")
    return write_packet(view_of(read_packet(packet.content.encode()), View(view), Phase(phase or Phase.SEALED)))


def read_view(packet: Packet, standing: Standing) -> PacketContent | None:
    """Return what the reader may have of a packet, None for somebody who may have nothing."""
    view = find_view(standing)
    return None if view is None else view_of(read_packet(packet.content.encode()), view, _phase(standing, view))


def phase_of(view: View, phase: Phase, policy: Mapping[str, Any]) -> Phase:
    """Return the phase whose view it is: where candidates see no ratings, theirs stays as before the announcement."""
    is_told = view is not View.CANDIDATE or candidate_reads_rating(policy)
    return phase if is_told or phase.rank < Phase.ANNOUNCED.rank else Phase.DECIDED


def _phase(standing: Standing, view: View) -> Phase:
    return phase_of(view, standing.phase, standing.cycle.policy)


def find_file(session: Session, packet: Packet, name: str, *, template: str, reader_id: int | None) -> FileRow | None:
    """Return the print of a view as packets are printed now, with the reader's copy of it."""
    own = sa.and_(
        PacketCopy.file_id == PacketFile.id,
        PacketCopy.source == PacketFile.digest,
        PacketCopy.person_id == reader_id,
    )
    row = session.execute(
        sa.select(
            PacketFile.id,
            PacketFile.state,
            PacketFile.path,
            PacketFile.page_count,
            PacketFile.error,
            PacketCopy.number,
            PacketCopy.path,
            PacketCopy.made_at,
            PacketCopy.zone,
        )
        .outerjoin(PacketCopy, own)
        .where(PacketFile.packet_id == packet.id, PacketFile.view == name, PacketFile.template == template)
    ).first()
    return None if row is None else FileRow(*row)


def find_turn(session: Session, file: FileRow) -> Turn:
    """Return when the turn of a print comes that is waited for."""
    own, other = aliased(PrintJob), aliased(PrintJob)
    earlier = sa.or_(other.asked_at < own.asked_at, sa.and_(other.asked_at == own.asked_at, other.id < own.id))
    ahead = (
        sa.select(sa.func.count())
        .where(other.state == "waiting", earlier, sa.or_(own.share != "", other.share == ""))
        .correlate(own)
    )
    row = session.execute(
        sa.select(ahead.scalar_subquery(), own.share != "").where(own.kind == PACKET, own.subject_id == file.id)
    ).first()
    return Turn(0, is_in_batch=False) if row is None else Turn(row[0], is_in_batch=row[1])


def find_missing_signs(session: Session, packet: Packet, standing: Standing) -> tuple[str, ...]:
    """Return for HR the signs, as code points, that no font had when any view of the packet was printed."""
    if Role.HR not in standing.roles:
        return ()
    told = session.scalars(
        sa.select(PacketFile.error).where(
            PacketFile.packet_id == packet.id, PacketFile.state == "ready", PacketFile.error.is_not(None)
        )
    )
    return tuple(sorted({sign for each in told if each for sign in each.split()}))
