"""`dualtrack people`: take people files in, and give the first roles and passwords of an installation."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import click
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.spreadsheet import check_size, read_table
from review.cli.installation import open_installation, open_to_read
from review.config import read_settings
from review.domain.access import COMPANY_ROLES, SYSTEM
from review.domain.errors import Fault, Invalid, NotFound
from review.domain.people_changes import Plan, PlannedChange, Scope
from review.domain.people_file import DateOrder, PeopleFile, parse_mapping, read_people
from review.queries.people import PersonCard, find_person_named
from review.services.identities import link_identity, unlink_identity
from review.services.password_rules import find_fault
from review.services.people import Wish, grant_role, plan_import, set_password, take_in
from review.services.sign_ins import hash_password

MANY_ROWS = 10_000
"""From so many rows on somebody waits long enough to be told what is going on."""
MANY_CHANGES = 500


@click.group("people")
def people() -> None:
    """Take people files in; give roles and first passwords."""


@people.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would change and change nothing.")
@click.option("--map", "pairs", multiple=True, metavar="FIELD=COLUMN", help="Which column holds a field; repeatable.")
@click.option("--full", "is_full", is_flag=True, help="The file names everybody: whoever is missing has left.")
@click.option(
    "--dates",
    type=click.Choice([order.value for order in DateOrder if order is not DateOrder.NOT_SAID]),
    help="How days with slashes are written, such as 05/06/2026.",
)
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def import_file(
    *, file: Path, is_dry: bool, pairs: tuple[str, ...], is_full: bool, dates: str | None, is_json: bool
) -> None:
    """Take a CSV or XLSX FILE in: joins, leavers, returns and changes, in parts that are whole.

    Exits 1 when the file has faults; then nothing is changed. The same file again makes what is left.
    """
    mapping, wrong = parse_mapping(pairs)
    if wrong:
        raise click.UsageError("; ".join(str(fault) for fault in wrong))
    scope = Scope.FULL if is_full else Scope.PART
    try:
        check_size(file.stat().st_size, file.name)
        data = file.read_bytes()
        read = read_people(read_table(data, file.name), mapping, DateOrder(dates or DateOrder.NOT_SAID))
        if len(read.rows) >= MANY_ROWS:
            click.echo(f"{len(read.rows)} rows are read and are compared with the directory now …", err=True)
        plan = _plan(read, scope) if is_dry else _apply(read, scope, hashlib.sha256(data).hexdigest())
        faults = plan.faults
    except Invalid as refused:
        plan, faults = Plan((), (), (), 0), refused.faults
    if is_json:
        click.echo(json.dumps(_as_data(plan, faults, is_dry=is_dry), ensure_ascii=False))
    else:
        _print(plan, faults, is_dry=is_dry)
    sys.exit(1 if faults else 0)


@people.command("grant")
@click.argument("person")
@click.argument("role", type=click.Choice([role.value for role in COMPANY_ROLES]))
def grant(person: str, role: str) -> None:
    """Give PERSON (e-mail, external id or whole name) a ROLE in the whole company."""
    with open_installation() as (session, now):
        found = _find(session, person)
        grant_role(session, found.id, role, actor=SYSTEM, now=now)
        session.commit()
        click.echo(f"{found.name} holds {role}")


@people.command("password")
@click.argument("person")
@click.password_option(help="Asked for when it is not given.")
def password(person: str, password: str) -> None:
    """Set a first password for PERSON, good for three days and to be changed at the first sign-in."""
    if fault := find_fault(password, person, leaked=read_settings().sign_in.leaked):
        raise click.UsageError(str(fault.what))
    with open_installation() as (session, now):
        found = _find(session, person)
        set_password(session, found.id, hash_password(password), actor=SYSTEM, now=now)
        session.commit()
        click.echo(f"{found.name} can sign in within three days")


@people.command("identity")
@click.argument("person")
@click.argument("subject", required=False)
@click.option("--unlink", "is_unlinked", is_flag=True, help="Forget who PERSON is there, and end their sign-ins.")
def identity(person: str, subject: str | None, *, is_unlinked: bool) -> None:
    """Say who PERSON is at the identity provider: SUBJECT, the provider's own name of them."""
    if is_unlinked is bool(subject):
        raise click.UsageError("give a SUBJECT, or --unlink")
    with open_installation() as (session, now):
        provider = read_settings().sign_in.provider
        if provider is None:
            raise click.UsageError("OIDC_ISSUER is not set")
        found = _find(session, person)
        try:
            if subject:
                link_identity(session, found.id, provider.issuer, subject, actor=SYSTEM, now=now)
            else:
                unlink_identity(session, found.id, provider.issuer, actor=SYSTEM, now=now)
        except NotFound as refused:
            raise click.UsageError(f"{found.name} is not linked to {provider.name}") from refused
        except Invalid as refused:
            raise click.UsageError(str(refused)) from refused
        session.commit()
        click.echo(f"{found.name} can {'sign in' if subject else 'no longer sign in'} through {provider.name}")


def _find(session: Session, words: str) -> PersonCard:
    found = find_person_named(session, SYSTEM, words)
    if found is None:
        raise click.UsageError(f"nobody, or more than one person, is called {words}")
    return found


def _plan(read: PeopleFile, scope: Scope) -> Plan:
    with open_to_read() as (session, now):
        return plan_import(session, read, actor=SYSTEM, now=now, scope=scope)


def _apply(read: PeopleFile, scope: Scope, digest: str) -> Plan:
    plan = _plan(read, scope)
    if plan.faults:
        return plan
    with open_installation() as (session, now), _showing_progress(len(plan.changes)) as show:
        wish = Wish(read, scope, digest, plan.fingerprint())
        take_in(cast(Engine, session.get_bind()), wish, actor=SYSTEM, now=now, note=lambda _, at: show(at.done))
    return plan


@contextmanager
def _showing_progress(total: int) -> Iterator[Callable[[int], None]]:
    """Give a function that is told how many changes are made, and shows it where somebody looks at a terminal."""
    with click.progressbar(length=total, label="Changes made", file=sys.stderr, hidden=total < MANY_CHANGES) as bar:
        yield lambda done: bar.update(done - bar.pos)


def _print(plan: Plan, faults: tuple[Fault, ...], *, is_dry: bool) -> None:
    for note in plan.notes:
        click.echo(str(note))
    for change in plan.changes:
        fields = "; ".join(f"{field.field}: {field.old or '–'} → {field.new or '–'}" for field in change.fields)
        click.echo(f"{change.kind:<7}{change.after.label}: {fields}")
    for fault in faults:
        click.echo(str(fault), err=True)
    if faults:
        click.echo(f"{len(faults)} faults; nothing was changed", err=True)
        return
    counts = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in plan.counts().items())
    click.echo(f"would change: {counts}" if is_dry else f"changed: {counts}")


def _as_data(plan: Plan, faults: tuple[Fault, ...], *, is_dry: bool) -> dict[str, object]:
    return {
        "is_dry_run": is_dry,
        "counts": plan.counts(),
        "changes": [_change_data(change) for change in plan.changes],
        "faults": [
            {
                "row": fault.row,
                "column": fault.field,
                "what": str(fault.what),
                "expected": str(fault.expected) if fault.expected else None,
            }
            for fault in faults
        ],
        "notes": [str(note) for note in plan.notes],
    }


def _change_data(change: PlannedChange) -> dict[str, object]:
    return {
        "kind": change.kind.value,
        "external_id": change.after.external_id,
        "name": change.after.name,
        "row": change.row,
        "fields": {field.field.value: [field.old, field.new] for field in change.fields},
    }
