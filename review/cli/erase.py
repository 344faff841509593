"""`dualtrack erase`: erase who has left, by two HR partners, a dry run first."""

from __future__ import annotations

import json

import click

from review.cli.actors import find_anybody, find_hr
from review.cli.installation import open_installation, open_to_read
from review.domain.errors import NotAllowed, NotFound, TransitionRefused


@click.command("erase")
@click.argument("person", required=False)
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would go, and why it cannot; change nothing.")
@click.option("--by", "proposer", metavar="HR", help="The HR partner who proposes it.")
@click.option("--approved-by", "approver", metavar="HR", help="Another HR partner, who approves it.")
@click.option("--reason", default="", help="Why; it goes with the erasure.")
@click.option("--list", "is_list", is_flag=True, help="Print the list of erasures, to be kept beside the backups.")
def erase(
    person: str | None, *, is_dry: bool, proposer: str | None, approver: str | None, reason: str, is_list: bool
) -> None:
    """Erase PERSON (e-mail, number or whole name), who must have left. Needs two HR partners; there is no way back."""
    from review.services.privacy_erasure import dry_run, list_for_restore

    if is_list:
        with open_to_read() as (session, _):
            for each in list_for_restore(session):
                click.echo(json.dumps(each, sort_keys=True))
        return
    if person is None or proposer is None or is_dry == bool(approver):
        raise click.UsageError("PERSON and --by are needed, and either --dry-run or --approved-by")
    with open_installation() as (session, now):
        actor = find_hr(session, proposer)
        found = find_anybody(session, actor, person)
        try:
            counts = (
                dry_run(session, found, actor=actor, now=now) if is_dry else _erase(found, actor.name, approver, reason)
            )
        except (TransitionRefused, NotAllowed) as refused:
            raise click.ClickException(str(refused)) from refused
        except NotFound as refused:
            raise click.ClickException(f"{approver} has a part in their cases") from refused
    for what, number in counts.items():
        click.echo(f"{what}: {number}")
    click.echo("nothing was erased" if is_dry else "erased; keep the list of erasures beside the backups")


def _erase(person_id: int, proposer: str, approver: str | None, reason: str) -> dict[str, int]:
    from flask import current_app

    from review.adapters.erasure_list import FILE_NAME, remove_mails, write_list
    from review.extensions import db
    from review.models import Erasure
    from review.queries.privacy_erasure import names_of
    from review.services.privacy_erasure import approve_erasure, list_for_restore, propose_erasure

    session, settings, now = db.session(), current_app.extensions["settings"], current_app.extensions["clock"]()
    first, second = find_hr(session, proposer), find_hr(session, approver or "")
    number = propose_erasure(session, person_id, reason or "By command", actor=first, now=now)
    names = names_of(session, number or 0)
    approve_erasure(session, number or 0, actor=second, now=now)
    counts = dict(session.get_one(Erasure, number).counts)
    listed = list_for_restore(session)
    session.commit()
    remove_mails(settings.mail, names)
    write_list(settings.var_dir / FILE_NAME, listed)
    return counts
