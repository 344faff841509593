"""`dualtrack retention`: what has been kept long enough; an HR partner lets it go."""

from __future__ import annotations

import json
from typing import cast

import click
from sqlalchemy import Engine

from review.cli.actors import find_hr
from review.cli.installation import open_installation, open_to_read
from review.domain.errors import TransitionRefused


@click.command("retention")
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would go, and remove nothing.")
@click.option("--by", "partner", metavar="HR", help="Who approves it: an HR partner. It goes at once.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def retention(*, is_dry: bool, partner: str | None, is_json: bool) -> None:
    """Say by kind what has been kept longer than workflows/privacy.yaml says, or remove it."""
    from review.queries.privacy_retention import list_due
    from review.queries.privacy_rules import load_privacy_rules
    from review.services.privacy_retention import approve_run
    from review.worker import remove_approved

    if is_dry == bool(partner):
        raise click.UsageError("either --dry-run, or --by and who approves it")
    with open_to_read() if is_dry else open_installation() as (session, now):
        rows = list_due(session, load_privacy_rules(), now=now)
        if partner:
            try:
                approve_run(session, actor=find_hr(session, partner), now=now)
            except TransitionRefused as refused:
                raise click.ClickException(str(refused)) from refused
            session.commit()
            remove_approved(cast(Engine, session.get_bind()), now=now)
    if is_json:
        told = {row.kind.value: {"count": row.count, "oldest": row.oldest_at and str(row.oldest_at)} for row in rows}
        click.echo(json.dumps({"is_dry_run": is_dry, "kinds": told}))
        return
    for row in rows:
        oldest = f", oldest of {row.oldest_at:%Y-%m-%d}" if row.oldest_at else ""
        click.echo(f"{row.kind.value:<16} after {row.after_days} days: {row.count}{oldest}")
    click.echo("nothing was removed" if is_dry else "removed")
