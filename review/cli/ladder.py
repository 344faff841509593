"""`dualtrack ladder`: check, import, export, compare, show and publish ladders."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy.orm import Session

from review.cli.actors import find_hr
from review.cli.check import fault_data, print_faults
from review.domain.access import SYSTEM
from review.domain.errors import Fault, Invalid, NotAllowed
from review.domain.ladder import Ladder
from review.domain.ladder_csv import dump_csv, parse_csv
from review.domain.ladder_diff import Change, diff_ladders
from review.domain.ladder_file import dump_ladder, ladder_data, parse_ladder
from review.domain.ladder_lint import lint_ladder
from review.domain.ladder_overlay import merge_overlay
from review.domain.ladder_sheet import SILENCE, describe_move, measure_text
from review.domain.text import text
from review.queries.ladders import find_published
from review.services.ladders import publish_ladder

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)


@click.group("ladder")
def ladder() -> None:
    """Check, import, export, compare, show and publish ladders.

    A SOURCE is a YAML file in the format ladder/1, or ID@VERSION of a published ladder.
    """


@ladder.command("check")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE…")
@click.option("--base", type=FILE, help="The ladder that a FILE extends.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def check(files: tuple[Path, ...], base: Path | None, is_json: bool) -> None:
    """Print every fault and warning in ladder files. Exits 1 when there is a fault; a warning is none."""
    faults: list[Fault] = []
    warnings: list[Fault] = []
    below = _read_or_exit(str(base)) if base else None
    for path in files:
        found, doubts = _check(path, below)
        faults += found
        warnings += doubts
    if is_json:
        told = {"faults": [fault_data(each) for each in faults], "warnings": [fault_data(each) for each in warnings]}
        click.echo(json.dumps({"files": [str(path) for path in files], **told}, ensure_ascii=False))
    else:
        print_faults(faults)
        for warning in warnings:
            click.echo(f"warning: {warning}", err=True)
        click.echo(f"{len(files)} checked, {len(faults)} faults, {len(warnings)} warnings")
    sys.exit(1 if faults else 0)


@ladder.command("import")
@click.argument("file", type=FILE)
@click.option("--id", "ladder_id", required=True, help="The ladder's id.")
@click.option("--name", required=True, help="The ladder's name.")
@click.option("--version", required=True, help="The version, as text.")
@click.option("--out", type=OUT, help="Write to this file instead of the screen.")
def import_table(file: Path, ladder_id: str, name: str, version: str, out: Path | None) -> None:
    """Turn a CSV FILE into a ladder file. Exits 1 when the table has faults."""
    source = _text(file)
    parsed = parse_csv(source, file=str(file), ladder_id=ladder_id, name=name, version=version)
    _write(dump_ladder(_ladder_or_exit(parsed)), out)


@ladder.command("export")
@click.argument("source")
@click.option("--csv", "is_csv", is_flag=True, help="Write CSV instead of YAML.")
@click.option("--out", type=OUT, help="Write to this file instead of the screen.")
def export(source: str, is_csv: bool, out: Path | None) -> None:
    """Write a ladder as YAML or CSV; says what a table cannot hold."""
    found = _read_or_exit(source)
    if not is_csv:
        _write(dump_ladder(found), out)
        return
    table = dump_csv(found)
    for lost in table.lost:
        click.echo(f"not in the table: {lost}", err=True)
    _write(table.content, out)


@ladder.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def diff(old: str, new: str, is_json: bool) -> None:
    """Print what changed from the SOURCE OLD to the SOURCE NEW. Exits 0 with or without changes."""
    changes = diff_ladders(_read_or_exit(old), _read_or_exit(new))
    if is_json:
        click.echo(json.dumps({"changes": [_change_data(change) for change in changes]}, ensure_ascii=False))
        return
    for change in changes:
        click.echo(f"{change.kind} {change.subject} {change.name} {change.field}".rstrip())
        for mark, words in (("-", change.old), ("+", change.new)):
            for line in words.splitlines():
                click.echo(f"  {mark} {line}")
    click.echo(f"{len(changes)} changes")


@ladder.command("show")
@click.argument("source")
@click.option("--level", "level_id", help="Show what this level asks.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def show(source: str, level_id: str | None, is_json: bool) -> None:
    """Print a ladder's levels and where they lead, or what one level asks."""
    found = _read_or_exit(source)
    if level_id is not None and level_id not in {level.id for level in found.levels}:
        raise click.UsageError(f"--level is one of: {', '.join(level.id for level in found.levels)}")
    if is_json:
        click.echo(json.dumps(ladder_data(found), ensure_ascii=False))
    elif level_id is None:
        _print_levels(found)
    else:
        _print_level(found, level_id)


@ladder.command("publish")
@click.argument("file", type=FILE)
@click.option("--proposed-by", metavar="WHO", help="HR partner: e-mail, or the name where it is unique.")
@click.option("--approved-by", metavar="WHO", help="Another HR partner.")
def publish(file: Path, proposed_by: str | None, approved_by: str | None) -> None:
    """Publish a ladder FILE as a version that never changes. Exits 1 when it has faults.

    Names the two HR partners who agreed on it. Without them it is published by whoever runs the installation: so is the
    first ladder, which the people file needs before anybody is there.
    """
    if (proposed_by is None) != (approved_by is None):
        raise click.UsageError("--proposed-by and --approved-by go together")
    source = _text(file)
    try:
        with _installation() as (session, now):
            actors = [find_hr(session, who) for who in (proposed_by, approved_by) if who is not None]
            proposer, actor = actors or (None, SYSTEM)
            row = publish_ladder(session, source, file=str(file), actor=actor, now=now, proposed_by=proposer)
            session.commit()
            click.echo(f"{row.key} {row.version} is published, digest {row.digest}")
    except Invalid as refused:
        _exit_with(refused.faults)
    except NotAllowed as refused:
        raise click.UsageError(str(refused)) from refused


def _check(path: Path, base: Ladder | None) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    source = _text(path)
    parsed = parse_ladder(source, file=str(path))
    if not isinstance(parsed, Ladder):
        return parsed, ()
    if base is not None and parsed.extends:
        merged = merge_overlay(base, parsed)
        return ((), ()) if isinstance(merged, Ladder) else (merged, ())
    return (), () if parsed.extends else lint_ladder(parsed, source, file=str(path))


def _read_or_exit(source: str) -> Ladder:
    """Return the ladder of a file, or of ID@VERSION in the database."""
    if Path(source).is_file():
        return _ladder_or_exit(parse_ladder(_text(Path(source)), file=source))
    ladder_id, _, version = source.rpartition("@")
    if not ladder_id:
        raise click.UsageError(f"{source} is neither a file nor ID@VERSION of a published ladder")
    with _installation() as (session, _now):
        row = find_published(session, ladder_id, version)
        if row is None:
            raise click.UsageError(f"no ladder {ladder_id} is published as version {version}")
        return _ladder_or_exit(parse_ladder(row.source, file=source))


def _ladder_or_exit(parsed: Ladder | tuple[Fault, ...]) -> Ladder:
    if not isinstance(parsed, Ladder):
        _exit_with(parsed)
    return parsed


def _exit_with(faults: tuple[Fault, ...]) -> NoReturn:
    print_faults(faults)
    sys.exit(1)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        _exit_with((Fault(text("this is not text in UTF-8"), text("UTF-8"), str(path)),))


def _write(content: str, out: Path | None) -> None:
    if out is None:
        click.echo(content, nl=False)
    else:
        out.write_bytes(content.encode("utf-8"))


def _change_data(change: Change) -> dict[str, str | None]:
    return {
        "kind": change.kind.value,
        "subject": change.subject.value,
        "name": change.name,
        "field": change.field,
        "level": change.level_id,
        "criterion": change.criterion_id,
        "old": change.old,
        "new": change.new,
    }


def _print_levels(found: Ladder) -> None:
    click.echo(f"{found.name}, version {found.version}")
    for level in found.levels:
        grade = f", grade {level.grade}" if level.grade is not None else ""
        click.echo(f"{level.label} ({level.id}{grade})")
        for move in found.moves_from(level.id):
            target = found.level(move.to_level)
            click.echo(f"  to {target.label}: {describe_move(move.kind, level, target)}")


def _print_level(found: Ladder, level_id: str) -> None:
    level = found.level(level_id)
    click.echo(f"{level.label}\n{level.summary}".rstrip())
    for criterion in found.criteria:
        cell = found.expectation(criterion.id, level_id)
        click.echo(f"\n{criterion.name}\n  {SILENCE.get(cell.kind, cell.summary)}")
        for signal in (*cell.signals, *cell.base):
            click.echo(f"  - {signal.text}")
        for measure in cell.measures:
            click.echo(f"  = {measure_text(measure)}")


@contextmanager
def _installation() -> Iterator[tuple[Session, datetime]]:
    """Open this installation's database, with the moment at which the command runs."""
    from review import create_app
    from review.extensions import db

    app = create_app()
    with app.app_context():
        yield db.session(), app.extensions["clock"]()
