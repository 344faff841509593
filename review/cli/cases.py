"""`dualtrack cycle` and `dualtrack case`: what stands where, for operators; no content of cases."""

from __future__ import annotations

import json
import sys

import click
import sqlalchemy as sa

from review.cli.installation import open_installation
from review.models import Case, CaseToken, Cycle


@click.group("cycle")
def cycle() -> None:
    """Look at cycles."""


@cycle.command("status")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object a cycle.")
def status(*, is_json: bool) -> None:
    """Say of every cycle how many cases are in which state."""
    with open_installation() as (session, _):
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


@click.group("case")
def case() -> None:
    """Look at one case."""


@case.command("show")
@click.argument("code")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def show(code: str, *, is_json: bool) -> None:
    """Say where the case with this CODE stands, region by region, and until when."""
    with open_installation() as (session, _):
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
