"""`dualtrack policy`: what new cycles begin with, shown, taken along as a file, checked, and proposed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import click
from sqlalchemy.orm import Session

from review.cli.actors import find_hr
from review.cli.check import fault_data, print_faults
from review.cli.installation import open_installation, open_to_read
from review.domain.errors import Fault, Invalid
from review.domain.house_policy import SETTINGS, find_house_faults, place_in_file, tell_lines
from review.domain.policy import PolicyFile, parse_policy
from review.domain.yaml_writer import write_yaml
from review.queries.cycle_choices import shipped_policy
from review.queries.policies import PolicyRow, house_policy, list_levels, list_newest_definitions, list_policies
from review.services.policies import propose_policy

FILE = click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
AS_JSON = click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")


@click.group("policy")
def policy() -> None:
    """Show what new cycles begin with, check a file of it, and propose one; another HR partner publishes it."""


@policy.command("show")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write what is in force to this file too.")
@AS_JSON
def show(out: Path | None, *, is_json: bool) -> None:
    """Say every setting in force, where it differs from the shipped one, and what waits for a second person."""
    with open_to_read() as (session, _now):
        rows, in_force = list_policies(session), house_policy(session)
    published = next((row for row in rows if row.published_at is not None), None)
    proposal = rows[0] if rows and rows[0].published_at is None else None
    if out is not None:
        out.write_text(write_yaml(in_force), encoding="utf-8")
    if is_json:
        click.echo(json.dumps(_as_data(in_force, published, proposal)))
        return
    click.echo(f"version {published.version}" if published else "as shipped")
    for line in tell_lines(in_force, shipped_policy()):
        click.echo(f"{line.words}: {line.now}{f' (as shipped: {line.was})' if line.is_other else ''}")
    if proposal is not None:
        click.echo(f"version {proposal.version} waits for a second person, proposed by {proposal.proposed_by}")
        _tell_changes(proposal.policy, in_force)


@policy.command("check")
@FILE
@AS_JSON
def check(path: Path, *, is_json: bool) -> None:
    """Say every fault of the policy in the file PATH with its place, also against what is published here.

    Exits 1 when there is one.
    """
    given = _read(path, is_json=is_json)
    with open_to_read() as (session, _now):
        faults = find_house_faults(given.data, list_newest_definitions(session), list_levels(session))
    if faults:
        _refuse(faults, path, is_json=is_json)
    click.echo(json.dumps({"faults": []}) if is_json else "no faults")


@policy.command("propose")
@FILE
@click.option("--by", "who", required=True, metavar="WHO", help="HR partner: e-mail, or the name where it is unique.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would happen and change nothing.")
@AS_JSON
def propose(path: Path, who: str, *, is_dry: bool, is_json: bool) -> None:
    """Propose the policy in the file PATH; a proposal that waits is replaced, and another HR partner publishes it.

    Exits 1 when the file has faults, or says what is in force already.
    """
    given = _read(path, is_json=is_json)
    with open_installation() as (session, now):
        before = house_policy(session)
        try:
            row = propose_policy(session, given.data, actor=find_hr(session, who), now=now)
        except Invalid as refused:
            _refuse(refused.faults, path, is_json=is_json)
        version, after = row.version, _find_proposed(session)
        if not is_dry:
            session.commit()
    changed = [line.name for line in tell_lines(after, before) if line.is_other]
    if is_json:
        click.echo(json.dumps({"version": version, "changed": changed, "is_dry_run": is_dry, "faults": []}))
        return
    click.echo(f"{'would propose' if is_dry else 'proposed'}: version {version}")
    _tell_changes(after, before)


def _read(path: Path, *, is_json: bool) -> PolicyFile:
    try:
        found = parse_policy(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{path} is not text in UTF-8") from error
    if not isinstance(found, PolicyFile):
        _stop(found, is_json=is_json)
    return found


def _find_proposed(session: Session) -> Any:
    return list_policies(session)[0].policy


def _as_data(in_force: Any, published: PolicyRow | None, proposal: PolicyRow | None) -> dict[str, object]:
    """Return what is in force and what is proposed, setting by setting."""
    return {
        "version": published.version if published else None,
        "settings": _settings(in_force),
        "changed": [line.name for line in tell_lines(in_force, shipped_policy()) if line.is_other],
        "proposal": None
        if proposal is None
        else {
            "version": proposal.version,
            "by": proposal.proposed_by,
            "settings": _settings(proposal.policy),
            "changed": [line.name for line in tell_lines(proposal.policy, in_force) if line.is_other],
        },
    }


def _settings(data: Any) -> dict[str, object]:
    return {name: setting.read(data) for name, setting in SETTINGS.items()}


def _tell_changes(data: Any, before: Any) -> None:
    for line in tell_lines(data, before):
        if line.is_other:
            click.echo(f"{line.words}: {line.now} instead of {line.was}")


def _refuse(faults: tuple[Fault, ...], path: Path, *, is_json: bool) -> NoReturn:
    _stop(place_in_file(faults, path.read_text(encoding="utf-8"), path.name), is_json=is_json)


def _stop(faults: tuple[Fault, ...], *, is_json: bool) -> NoReturn:
    if is_json:
        click.echo(json.dumps({"faults": [fault_data(each) for each in faults]}))
    else:
        print_faults(faults)
    sys.exit(1)
