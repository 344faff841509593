"""`dualtrack packet render --for`: a reader's own copy, as the packet's page hands it out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.jobs import JOBS
from review.adapters.paper import Paper, template_version
from review.cli.installation import open_installation, open_pool
from review.domain.access import SYSTEM, Actor
from review.domain.errors import NotFound
from review.models import Case, PacketCopy, PacketFile
from review.queries.actors import find_actor
from review.queries.packets import find_packet, view_name
from review.queries.people import find_person_named
from review.queries.standing import load_standing
from review.services.packets import RENDER, files_folder
from review.services.packets_copies import take_copy


def write_copy(code: str, out: Path, words: str) -> None:
    """Write a reader's own copy of the packet of a case, printed first where it is not.

    The trail keeps that it was taken, and for whom.
    """
    from review.adapters.packet_keys import KeyDamaged

    with open_installation() as (session, now):
        case_id = session.scalar(sa.select(Case.id).where(Case.code == code))
        reader = _find_reader(session, words, now)
        if case_id is None:
            raise click.UsageError(f"there is no case {code}")
        try:
            copy = _take(session, case_id, reader, now) or _print_and_take(session, case_id, reader, now)
        except NotFound as error:
            raise click.UsageError(
                f"{reader.name} may not have this PDF now, or has to open the packet first"
            ) from error
        except KeyDamaged as error:
            raise click.ClickException(str(error)) from error
        out.write_bytes((files_folder(session) / copy.path).read_bytes())
        number = copy.number
    click.echo(f"{out}: copy {number} for {reader.name}")


def _find_reader(session: Session, words: str, now: datetime) -> Actor:
    found = find_person_named(session, SYSTEM, words)
    if found is None:
        raise click.UsageError(f"nobody is called {words}, or more than one person")
    return find_actor(session, found.id, today=now.date())


def _take(session: Session, case_id: int, reader: Actor, now: datetime) -> PacketCopy | None:
    copy = take_copy(session, case_id, actor=reader, now=now, taken_by=SYSTEM)
    session.commit()
    return copy


def _print_and_take(session: Session, case_id: int, reader: Actor, now: datetime) -> PacketCopy:
    """Print the reader's view here and now, whether or not a worker is about to, and take the copy."""
    name, packet = view_name(load_standing(session, case_id, reader, now=now)), find_packet(session, case_id)
    template = template_version(Paper())
    this = (PacketFile.view == name, PacketFile.template == template, PacketFile.packet_id == (packet and packet.id))
    file_id = session.scalars(sa.select(PacketFile.id).where(*this)).one()
    job = JOBS[RENDER]
    asked = job.read(session, file_id) if job.read else None
    session.rollback()
    with open_pool() as pool:
        printed = pool.run(job.compute, asked) if job.compute else None
    job.run(session, printed, file_id, now=now)
    session.commit()
    copy = _take(session, case_id, reader, now)
    if copy is None:
        raise click.ClickException("the packet has just been sealed anew; try again")
    return copy
