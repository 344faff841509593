"""`dualtrack book`: a committee's packets as one PDF for one of its members."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.book import merge_to_file
from review.adapters.packet_files import print_to_file
from review.adapters.render_pool import RenderPool
from review.cli.installation import open_installation, open_pool
from review.domain.access import SYSTEM, Actor
from review.domain.errors import NotFound
from review.models import Committee, Cycle, Packet, PacketFile, Person
from review.queries.books import list_bookable
from review.queries.packets import view_content
from review.queries.people import find_person_named
from review.services import audit
from review.services.books import describe_committee, describe_packet


@click.group("book")
def book() -> None:
    """Make books of packets."""


@book.command("render")
@click.argument("committee")
@click.option("--for", "person", required=True, metavar="PERSON", help="E-mail, external id or whole name of a member.")
@click.option(
    "--out", required=True, metavar="F", type=click.Path(dir_okay=False, path_type=Path), help="File to write."
)
def render(committee: str, person: str, out: Path) -> None:
    """Put the packets of COMMITTEE (its name, or its number) together for one member, in the order of their agenda.

    Cases that they are out of are not in it. The printing is written to the audit trail; no packet counts as opened.
    """
    with open_installation() as (session, now), tempfile.TemporaryDirectory() as folder:
        asked = _gather(session, committee, person, Path(folder), now)
        session.commit()
        with open_pool() as pool:
            made = _make(pool, asked)
        out.write_bytes((Path(folder) / made["path"]).read_bytes())
    click.echo(f"{out}: {len(asked['packets'])} packets, {made['pages']} pages")


def _gather(session: Session, committee: str, person: str, folder: Path, now: datetime) -> dict[str, Any]:
    """Return what goes into the book, each packet with its content in place of a print, and record that it is taken."""
    found, reader = _find_committee(session, committee), _find_reader(session, person)
    try:
        listed = list_bookable(session, found.id, reader)
    except NotFound as error:
        raise click.UsageError(f"{reader.name} is not on this committee") from error
    if not listed:
        raise click.UsageError(f"there is no sealed packet of this committee for {reader.name}")
    _record(session, found, reader, len(listed), now)
    packets = [(each, session.get_one(Packet, each.packet_id)) for each in listed]
    return {
        "folder": str(folder),
        "path": "book.pdf",
        "reader": reader.name,
        "number": None,
        "made_at": now.isoformat(),
        "zone": session.get_one(Person, reader.person_id).zone or session.get_one(Cycle, found.cycle_id).zone,
        **describe_committee(session, found),
        "packets": [
            {"content": view_content(packet, each.view).decode(), **_describe(packet)} for each, packet in packets
        ],
    }


def _describe(packet: Packet) -> dict[str, Any]:
    return describe_packet(PacketFile(path=None, digest=None, page_count=None), packet)


def _make(pool: RenderPool, asked: dict[str, Any]) -> dict[str, Any]:
    """Print the packets and put them together, in render processes."""
    for number, each in enumerate(asked["packets"]):
        path = {"folder": asked["folder"], "path": f"{number}.pdf"}
        printed = pool.run(print_to_file, {"content": each.pop("content"), "view": "committee", **path})
        each.update({key: printed[key] for key in ("path", "digest", "pages")})
    return pool.run(merge_to_file, asked)


def _find_committee(session: Session, words: str) -> Committee:
    named = sa.select(Committee).where(Committee.id == int(words) if words.isdecimal() else Committee.name == words)
    rows = session.scalars(named).all()
    if len(rows) != 1:
        raise click.UsageError(f"no committee is called {words}, or more than one; give its number")
    return rows[0]


def _find_reader(session: Session, words: str) -> Actor:
    person = find_person_named(session, SYSTEM, words)
    if person is None:
        raise click.UsageError(f"nobody is called {words}, or more than one person")
    return Actor(person.id, person.name)


def _record(session: Session, committee: Committee, reader: Actor, count: int, now: datetime) -> None:
    detail = {"committee": committee.id, "person": reader.person_id, "packets": count}
    audit.record(session, "book.print", actor=SYSTEM, now=now, detail=detail)
