"""What is printed while a rehearsal is played: the first packet of each track, which stands in for the others."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.jobs import INLINE, InlineJobs, Job
from review.models import Case, Packet, PacketFile
from review.services.packets import RENDER

COMMITTEE, READY = "committee", "ready"


def print_packets(session: Session, *, now: datetime) -> None:
    """Make the committees' packets ready, which keep cases waiting; other prints would only take time.

    A print takes seconds. One of each track shows how it looks; the others of the track are given its file.
    """
    jobs: InlineJobs = session.get_bind().get_execution_options()["jobs"]
    while jobs.ready:
        job, args = jobs.ready.pop(0)
        file = session.get(PacketFile, args[0]) if job.name == RENDER else None
        if file is not None and file.view == COMMITTEE:
            _print(session, job, file, now)
            session.commit()


def _print(session: Session, job: Job, file: PacketFile, now: datetime) -> None:
    if job.read is None or job.compute is None or job.begin is None:
        raise ValueError(f"the job {job.name} prints nothing")
    if not job.begin(session, file.id, run=INLINE, worker=INLINE, now=now):
        return
    given = job.read(session, file.id)
    printed = _find_printed(session, file)
    result = job.compute(given) if printed is None else _stand_in(printed, given)
    job.run(session, result, file.id, now=now)


def _find_printed(session: Session, file: PacketFile) -> PacketFile | None:
    """Return a packet of the same track that is printed."""
    track = (
        sa.select(Case.track_id).join(Packet, Packet.case_id == Case.id).where(Packet.id == file.packet_id)
    ).scalar_subquery()
    return session.scalars(
        sa.select(PacketFile)
        .join(Packet, Packet.id == PacketFile.packet_id)
        .join(Case, Case.id == Packet.case_id)
        .where(Case.track_id == track, PacketFile.view == COMMITTEE, PacketFile.state == READY)
        .order_by(PacketFile.id)
        .limit(1)
    ).one_or_none()


def _stand_in(printed: PacketFile, given: dict[str, Any]) -> dict[str, Any]:
    folder, path = Path(given["folder"]), str(given["path"])
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / str(printed.path), folder / path)
    return {
        "path": path,
        "digest": printed.digest,
        "size": printed.size_bytes,
        "pages": printed.page_count,
        "missing": [],
    }
