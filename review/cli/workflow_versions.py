"""`dualtrack workflow publish` and `migrate`: versions and running cases of an installation."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy.orm import Session

from review.cli.actors import find_hr
from review.cli.check import fault_data, print_faults
from review.cli.installation import open_installation
from review.domain.access import SYSTEM
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound
from review.queries.workflows import find_earlier, find_version, list_workflows, plan_move
from review.services.workflow_migrations import migrate_cases
from review.services.workflows import propose_workflow, publish_workflow


@click.command("publish")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--proposed-by", required=True, metavar="WHO", help="HR partner: e-mail, or the name where it is unique.")
@click.option("--approved-by", required=True, metavar="WHO", help="Another HR partner.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would happen and change nothing.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def publish(path: Path, proposed_by: str, approved_by: str, *, is_dry: bool, is_json: bool) -> None:
    """Publish the workflow in PATH as a new version, proposed by one HR partner and approved by another.

    Says for each earlier version whether its running cases could go on in this one. Exits 1 when the file has faults.
    """
    beside = {each.name: each.read_text(encoding="utf-8") for each in path.parent.glob("*.yaml") if each != path}
    source = path.read_text(encoding="utf-8")
    with open_installation() as (session, now):
        proposer, approver = find_hr(session, proposed_by), find_hr(session, approved_by)
        try:
            row = propose_workflow(session, source, actor=proposer, now=now, file=path.name, beside=beside)
            if row.published_at is None:
                publish_workflow(session, row.id, actor=approver, now=now)
        except Invalid as refused:
            _refuse(refused.faults, is_json=is_json)
        except NotAllowed as refused:
            raise click.UsageError(str(refused)) from refused
        runs = _try_runs(session, row.id)
        told: dict[str, object] = {
            "key": row.key,
            "version": row.version,
            "digest": row.digest,
            "is_dry_run": is_dry,
            "runs": runs,
        }
        if not is_dry:
            session.commit()
    _tell(told, is_json=is_json)


@click.command("migrate")
@click.argument("key")
@click.argument("old", type=int)
@click.argument("new", type=int)
@click.option("--by", "who", required=True, metavar="WHO", help="HR partner: e-mail, or the name where it is unique.")
@click.option("--rename", "pairs", multiple=True, metavar="REGION.STATE=STATE", help="Where a state goes; repeatable.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would happen and change nothing.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def migrate(  # noqa: PLR0917 - one argument for each of the command's
    key: str, old: int, new: int, who: str, pairs: tuple[str, ...], is_dry: bool, is_json: bool
) -> None:
    """Move the running cases of workflow KEY from version OLD to version NEW, all or none.

    Exits 1 while a state in which cases stand has no target.
    """
    rename = _read_pairs(pairs)
    with open_installation() as (session, now):
        actor = find_hr(session, who)
        try:
            ids = [_find_id(session, key, version) for version in (old, new)]
            count = migrate_cases(session, ids[0], ids[1], rename, actor=actor, now=now)
        except Invalid as refused:
            _refuse(refused.faults, is_json=is_json)
        except NotFound as missing:
            raise click.UsageError(f"{key} has no published versions {old} and {new}") from missing
        if not is_dry:
            session.commit()
    words = "would move" if is_dry else "moved"
    click.echo(json.dumps({"cases": count, "is_dry_run": is_dry}) if is_json else f"{words}: {count} cases")


def _find_id(session: Session, key: str, version: int) -> int:
    for row in list_workflows(session, SYSTEM):
        for each in row.versions:
            if (row.key, each.version) == (key, version) and not each.is_proposal:
                return each.id
    raise NotFound


def _try_runs(session: Session, version_id: int) -> list[dict[str, object]]:
    """Say for each earlier version with running cases which of their states would have no target."""
    row = find_version(session, SYSTEM, version_id)
    earlier = find_earlier(session, SYSTEM, row) if row else ()
    return [
        {
            "version": old.version,
            "cases": old.live_cases,
            "without_target": [fault.field for fault in plan_move(session, old.id, version_id, {}).faults],
        }
        for old in earlier
        if old.live_cases
    ]


def _read_pairs(pairs: Iterable[str]) -> dict[str, str]:
    rename = {}
    for pair in pairs:
        token, equals, state = pair.partition("=")
        if not equals or "." not in token or not state:
            raise click.UsageError(f"--rename {pair}: give REGION.STATE=STATE")
        rename[token] = state
    return rename


def _refuse(faults: tuple[Fault, ...], *, is_json: bool) -> NoReturn:
    if is_json:
        click.echo(json.dumps({"faults": [fault_data(each) for each in faults]}))
    else:
        print_faults(faults)
    sys.exit(1)


def _tell(told: dict[str, object], *, is_json: bool) -> None:
    if is_json:
        click.echo(json.dumps(told))
        return
    click.echo(f"{'would publish' if told['is_dry_run'] else 'published'}: {told['key']} {told['version']}")
    runs = told["runs"]
    for run in runs if isinstance(runs, list) else ():
        lost = run["without_target"]
        words = f"no target for {', '.join(lost)}" if lost else "could go on as they are"
        click.echo(f"version {run['version']}, {run['cases']} running cases: {words}")
