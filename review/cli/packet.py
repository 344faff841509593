"""`dualtrack packet`: print the sealed packet of a case, for readers or for the archive; keys and checks of packets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.paper import Printed
from review.cli.installation import open_installation, open_pool
from review.cli.packet_check import verify
from review.cli.packet_copy import write_copy
from review.cli.packet_key import key, read_installed
from review.domain.access import SYSTEM
from review.domain.canonical_json import digest
from review.domain.errors import Invalid
from review.domain.packet_view import View, parts_in
from review.domain.phase import Phase
from review.models import Case, Cycle, Packet
from review.queries.cases import lock_case
from review.queries.packets import find_packet, name_view, phase_of, view_content
from review.services import audit

OUT = click.option(
    "--out", required=True, metavar="F", type=click.Path(dir_okay=False, path_type=Path), help="File to write."
)
VIEWS = click.Choice([view.value for view in View])


@click.group("packet")
def packet() -> None:
    """Print packets; check printed ones."""


packet.add_command(verify)
packet.add_command(key)


@packet.command("render")
@click.argument("case")
@OUT
@click.option("--view", type=VIEWS, help="Whose view; the committee's where nothing is said.")
@click.option("--for", "person", metavar="PERSON", help="A reader (e-mail, external id, whole name): their copy.")
def render(case: str, out: Path, view: str | None, person: str | None) -> None:
    """Print the sealed packet of CASE (its code, such as PR-2026-041): a view of it, or a reader's own copy.

    The copy is the one that the packet's page hands out to this reader, who must be able to have it there now. The
    printing is written to the audit trail.
    """
    if person is None:
        from review.adapters.pdf import print_packet

        _write(case, out, view=view or View.COMMITTEE, kind="packet.print", printer=print_packet)
    elif view is not None:
        raise click.UsageError("--for takes the view that the reader has: leave out --view")
    else:
        write_copy(case, out, person)


@packet.command("archive")
@click.argument("case")
@OUT
@click.option("--view", type=VIEWS, default=View.COMMITTEE.value, help="Whose view.")
def archive(case: str, out: Path, view: str) -> None:
    """Print the sealed packet of CASE as PDF/A-3u, with its JSON inside, to be kept for long.

    The printing is written to the audit trail.
    """
    from review.adapters.packet_archive import print_for_archive

    _write(case, out, view=view, kind="packet.archive", printer=print_for_archive)


def _write(case: str, out: Path, *, view: str, kind: str, printer: Callable[..., Printed]) -> None:
    """Print a view in a render process, signed where there is a key, and say what no font has."""
    from review.adapters.packet_signature import Signing, sign_file

    signing_key = read_installed()
    content, sealed_at = _read_content(case, View(view), kind)
    try:
        with open_pool() as pool:
            printed = pool.run(printer, content, view=view)
    except Invalid as error:
        raise click.ClickException("; ".join(map(str, error.faults))) from error
    signing = None if signing_key is None else Signing(signing_key, sealed_at)
    out.write_bytes(sign_file(printed.pdf, signing))
    click.echo(f"{out}: {printed.pages} pages")
    if printed.missing:
        click.echo(f"no font has a shape for {' '.join(printed.missing)}", err=True)


def _read_content(code: str, view: View, kind: str) -> tuple[bytes, datetime]:
    """Return the view as it is in the case's phase and when it was sealed, and record that somebody took it."""
    with open_installation() as (session, now):
        sealed = _find_sealed(session, code)
        case = lock_case(session, sealed.case_id)
        phase = phase_of(view, Phase(case.phase), session.get_one(Cycle, case.cycle_id).policy)
        if not parts_in(view, phase):
            raise click.UsageError(f"nobody has the view {view} while {code} is {phase}")
        content = view_content(sealed, name_view(view, phase))
        detail = {"view": view.value, "digest": digest(content)}
        audit.record(session, kind, actor=SYSTEM, now=now, case_id=case.id, detail=detail)
        session.commit()
        return content, sealed.sealed_at


def _find_sealed(session: Session, code: str) -> Packet:
    number = session.scalar(sa.select(Case.id).where(Case.code == code))
    sealed = None if number is None else find_packet(session, number)
    if sealed is None:
        raise click.UsageError(f"there is no sealed packet of {code}")
    return sealed
