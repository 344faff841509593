"""`dualtrack packet`: print the sealed packet of a case, and check printed ones without the database."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from review.adapters.packet_receipt import Receipt, Verdict, verify_packet
from review.domain.canonical_json import digest
from review.domain.packet_view import View, parts_in
from review.domain.phase import Phase


@click.group("packet")
def packet() -> None:
    """Print packets; check printed ones."""


@packet.command("render")
@click.argument("case")
@click.option(
    "--out", required=True, metavar="F", type=click.Path(dir_okay=False, path_type=Path), help="File to write."
)
@click.option(
    "--view", type=click.Choice([view.value for view in View]), default=View.COMMITTEE.value, help="Whose copy."
)
def render(case: str, out: Path, view: str) -> None:
    """Print the sealed packet of CASE (its code, such as PR-2026-041) as one reader's copy.

    The printing is written to the audit trail.
    """
    from review.adapters.pdf import print_packet
    from review.adapters.render_pool import RenderPool

    content = _read_content(case, View(view))
    with RenderPool(1) as pool:
        printed = pool.run(print_packet, content, view=view)
    out.write_bytes(printed.pdf)
    click.echo(f"{out}: {printed.pages} pages")
    if printed.missing:
        click.echo(f"no font has a shape for {' '.join(printed.missing)}", err=True)


@packet.command("verify")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE…", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def verify(files: tuple[Path, ...], is_json: bool) -> None:
    """Say of each FILE whether it is a packet and whole; works without the database.

    Exits 1 when a file was changed or is not ours.
    """
    receipts = {str(file): verify_packet(file.read_bytes()) for file in files}
    if is_json:
        click.echo(json.dumps({name: _as_data(receipt) for name, receipt in receipts.items()}, ensure_ascii=False))
    else:
        for name, receipt in receipts.items():
            _print(name, receipt)
    sys.exit(0 if all(receipt.verdict is Verdict.WHOLE for receipt in receipts.values()) else 1)


def _read_content(code: str, view: View) -> bytes:
    """Return the view as it is in the case's phase, and record that somebody took it."""
    import sqlalchemy as sa

    from review import create_app
    from review.domain.access import SYSTEM
    from review.extensions import db
    from review.models import Case, Cycle
    from review.queries.cases import lock_case
    from review.queries.packets import find_packet, name_view, phase_of, view_content
    from review.services import audit

    app = create_app()
    with app.app_context():
        session, now = db.session(), app.extensions["clock"]()
        number = session.scalar(sa.select(Case.id).where(Case.code == code))
        sealed = None if number is None else find_packet(session, number)
        if number is None or sealed is None:
            raise click.UsageError(f"there is no sealed packet of {code}")
        case = lock_case(session, number)
        phase = phase_of(view, Phase(case.phase), session.get_one(Cycle, case.cycle_id).policy)
        if not parts_in(view, phase):
            raise click.UsageError(f"nobody has the view {view} while {code} is {phase}")
        content = view_content(sealed, name_view(view, phase))
        detail = {"view": view.value, "digest": digest(content)}
        audit.record(session, "packet.print", actor=SYSTEM, now=now, case_id=number, detail=detail)
        session.commit()
        return content


def _print(name: str, receipt: Receipt) -> None:
    about = f" {receipt.case_code}, {receipt.view} view, {receipt.pages} pages" if receipt.case_code else ""
    click.echo(f"{name}: {receipt.verdict}{about}")
    for reason in receipt.reasons:
        click.echo(f"  {reason}")


def _as_data(receipt: Receipt) -> dict[str, object]:
    return {**asdict(receipt), "reasons": [str(reason) for reason in receipt.reasons]}
