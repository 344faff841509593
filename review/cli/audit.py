"""`dualtrack audit`: whether the trail is whole."""

from __future__ import annotations

import json
import sys
from typing import TextIO

import click
import sqlalchemy as sa

from review.cli.installation import open_installation
from review.models import AuditHead
from review.services.audit import find_break

WHOLE, BROKEN, CUT, NOTHING = 0, 1, 2, 3


@click.group("audit")
def audit() -> None:
    """Check the trail, and anchor it elsewhere."""


@audit.command("verify")
@click.option("--anchor", type=click.File("r"), help="A file that `audit anchor` printed: finds a cut tail.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def verify(*, anchor: TextIO | None, is_json: bool) -> None:
    """Check every event's seal. Exits 0 whole, 1 broken at a seq, 2 cut, 3 nothing to verify.

    Without an anchor kept elsewhere a tail that was cut off together with the head cannot be seen.
    """
    with open_installation() as (session, _):
        head = session.scalar(sa.select(AuditHead))
        seq = head.seq if head else 0
        broken = find_break(session)
        kept = json.loads(anchor.read()) if anchor else None
        status, words = _judge(seq, broken, head.mac if head else "", kept)
    click.echo(json.dumps({"status": status, "seq": seq, "broken_at": broken}) if is_json else words)
    sys.exit(status)


@audit.command("anchor")
def print_anchor() -> None:
    """Print the end of the trail, to be kept where nobody who runs the installation can change it."""
    with open_installation() as (session, _):
        head = session.scalar(sa.select(AuditHead))
    if head is None or not head.seq:
        click.echo("nothing to anchor", err=True)
        sys.exit(NOTHING)
    click.echo(json.dumps({"seq": head.seq, "mac": head.mac}))


def _judge(seq: int, broken: int | None, mac: str, kept: dict[str, object] | None) -> tuple[int, str]:
    if broken is not None:
        return BROKEN, f"broken at event {broken}"
    if kept is not None and (seq < int(str(kept["seq"])) or (seq == kept["seq"] and mac != kept["mac"])):
        return CUT, f"cut: {seq} events are left, the anchor knows {kept['seq']}"
    if not seq:
        return NOTHING, "nothing to verify"
    return WHOLE, f"whole: {seq} events"
