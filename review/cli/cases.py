"""`dualtrack cycle` and `dualtrack case`: what stands where, without content; and opening a cycle."""

from __future__ import annotations

import json
import sys

import click
import sqlalchemy as sa

from review.cli.actors import find_hr
from review.cli.cycles import JSON, check, find_cycle, new, release
from review.cli.installation import open_installation, open_to_read
from review.cli.rehearsal import rehearse
from review.domain.errors import TransitionRefused
from review.models import Case, CaseToken, Cycle
from review.services.cycles import open_cycle


@click.group("cycle")
def cycle() -> None:
    """Set up cycles, look at them, open them, release their letters."""


for command in (new, check, release):
    cycle.add_command(command)


cycle.add_command(rehearse)


@cycle.command("status")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object a cycle.")
def status(*, is_json: bool) -> None:
    """Say of every cycle how many cases are in which state."""
    with open_to_read() as (session, _):
        rows = session.execute(
            sa.select(Cycle.code, Cycle.name, Cycle.state, Case.state, sa.func.count(Case.id))
            .outerjoin(Case, Case.cycle_id == Cycle.id)
            .group_by(Cycle.id, Case.state)
            .order_by(Cycle.id, Case.state)
        ).all()
    for code, name, state, case_state, count in rows:
        data = {"cycle": code, "name": name, "state": state, "case_state": case_state, "cases": count}
        click.echo(json.dumps(data) if is_json else f"{code}\t{state}\t{case_state or '–'}\t{count}")
    sys.exit(0 if rows else 1)


@cycle.command("open")
@click.argument("code")
@click.option("--by", "who", required=True, metavar="WHO", help="HR partner: e-mail, external id or whole name.")
@JSON
def open_one(code: str, who: str, *, is_json: bool) -> None:
    """Open the draft cycle with this CODE for nominations. Exits 1 while something is missing."""
    with open_installation() as (session, now):
        cycle_id = find_cycle(session, code).id
        try:
            open_cycle(session, cycle_id, actor=find_hr(session, who), now=now)
        except TransitionRefused as refused:
            for reason in refused.reasons:
                click.echo(str(reason), err=True)
            sys.exit(1)
        session.commit()
    click.echo(json.dumps({"cycle": code, "state": "open"}) if is_json else f"{code} is open for nominations")


@click.group("case")
def case() -> None:
    """Look at one case."""


@case.command("show")
@click.argument("code")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def show(code: str, *, is_json: bool) -> None:
    """Say where the case with this CODE stands, region by region, and until when."""
    with open_to_read() as (session, _):
        found = session.scalar(sa.select(Case).where(Case.code == code))
        if found is None:
            raise click.UsageError(f"there is no case {code}")
        tokens = session.scalars(sa.select(CaseToken).where(CaseToken.case_id == found.id).order_by(CaseToken.id)).all()
        regions = {
            token.region: {"state": token.state, "due_at": token.due_at.isoformat() if token.due_at else None}
            for token in tokens
        }
        phase, outcome = found.phase, found.outcome
    if is_json:
        click.echo(json.dumps({"code": code, "phase": phase, "outcome": outcome, "regions": regions}))
        return
    click.echo(f"{code}: {phase}")
    for region, place in regions.items():
        click.echo(f"  {region}: {place['state']}" + (f", until {place['due_at']}" if place["due_at"] else ""))
