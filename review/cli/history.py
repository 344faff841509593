"""`dualtrack history`: bring past cases in from a spreadsheet, and take a file back."""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import click

from review.adapters.spreadsheet import Cells, check_size, read_table
from review.cli.installation import open_installation, open_to_read
from review.domain.access import SYSTEM
from review.domain.errors import Fault, Invalid, NotFound, TransitionRefused
from review.domain.past_case import PastField, PastOutcome, PastPlan, PastReading
from review.domain.people_file import DateOrder
from review.queries.past_cases import list_past_imports
from review.services.past_cases import PastWish, bring_in, plan_past_import, undo_past_import

Kind = TypeVar("Kind", PastField, PastOutcome)


@click.group("history")
def history() -> None:
    """Cases that were decided before Dualtrack."""


@history.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--cycle", default="", help="The cycle, for a file without a column for it.")
@click.option("--announced", type=click.DateTime(["%Y-%m-%d"]), help="The day of the answer, likewise.")
@click.option("--map", "pairs", multiple=True, metavar="FIELD=COLUMN", help="Which column holds a field; repeatable.")
@click.option("--outcome", "outcomes", multiple=True, metavar="WORD=OUTCOME", help="What a word means; repeatable.")
@click.option("--level", "levels", multiple=True, metavar="WORD=LEVEL", help="What a word means; repeatable.")
@click.option(
    "--dates",
    type=click.Choice([order.value for order in DateOrder if order is not DateOrder.NOT_SAID]),
    help="How days with slashes are written, such as 05/06/2026.",
)
@click.option("--leave-out", "leaves_out", is_flag=True, help="Bring in the rest where rows are refused.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would be added and changed, and write nothing.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def import_file(
    *,
    file: Path,
    cycle: str,
    announced: datetime | None,
    pairs: tuple[str, ...],
    outcomes: tuple[str, ...],
    levels: tuple[str, ...],
    dates: str | None,
    leaves_out: bool,
    is_dry: bool,
    is_json: bool,
) -> None:
    """Bring the past cases of a CSV or XLSX FILE in, one row for each.

    Exits 1 when rows are refused; then nothing is written, but with --leave-out. The same file again adds nothing.
    """
    reading = PastReading(
        columns={_one_of(PastField, name): column for name, column in _parts(pairs)},
        outcomes={word.casefold(): _one_of(PastOutcome, outcome) for word, outcome in _parts(outcomes)},
        levels={word.casefold(): level for word, level in _parts(levels)},
        order=DateOrder(dates or DateOrder.NOT_SAID),
        cycle=" ".join(cycle.split()),
        announced_on=announced.date() if announced else None,
    )
    plan, is_written = _take(file, reading, leaves_out=leaves_out, is_dry=is_dry)
    if is_json:
        click.echo(json.dumps(_as_data(plan, is_dry=is_dry, is_written=is_written), ensure_ascii=False))
    else:
        _print(plan, is_dry=is_dry, is_written=is_written)
    sys.exit(0 if is_written or not plan.faults else 1)


@history.command("list")
def list_files() -> None:
    """Print the files that were brought in, the newest first."""
    with open_to_read() as (session, _now):
        for row in list_past_imports(session, SYSTEM):
            state = f", taken back on {row.undone_at:%Y-%m-%d}" if row.undone_at else ""
            click.echo(
                f"{row.id}: {row.name} on {row.brought_at:%Y-%m-%d}, {row.added} added, {row.changed} changed{state}"
            )


@history.command("undo")
@click.argument("number", type=int)
def undo(number: int) -> None:
    """Take the file with this NUMBER back as a whole, while no later one stands on it."""
    with open_installation() as (session, now):
        try:
            count = undo_past_import(session, number, actor=SYSTEM, now=now)
        except NotFound as missing:
            raise click.UsageError(f"there is no file {number}") from missing
        except TransitionRefused as refused:
            raise click.ClickException(str(refused)) from refused
        session.commit()
        click.echo(f"taken back: {count} rows")


def _take(file: Path, reading: PastReading, *, leaves_out: bool, is_dry: bool) -> tuple[PastPlan, bool]:
    """Return what a file does, and whether it was written."""
    try:
        check_size(file.stat().st_size, file.name)
        data = file.read_bytes()
        table = read_table(data, file.name, Cells.FORMULAS)
    except Invalid as refused:
        return PastPlan(faults=refused.faults), False
    with open_to_read() if is_dry else open_installation() as (session, now):
        plan = plan_past_import(session, table, reading, actor=SYSTEM, now=now)
        if is_dry or not plan.changes or (plan.faults and not leaves_out):
            return plan, False
        wish = PastWish(table, reading, hashlib.sha256(data).hexdigest(), file.name, leaves_out=leaves_out)
        plan = bring_in(session, wish, actor=SYSTEM, now=now)
        session.commit()
        return plan, True


def _parts(pairs: tuple[str, ...]) -> list[tuple[str, str]]:
    found = []
    for pair in pairs:
        name, _mark, value = (part.strip() for part in pair.rpartition("="))
        if not name or not value:
            raise click.UsageError(f"“{pair}” is no mapping: WORD=VALUE")
        found.append((name, value))
    return found


def _one_of(kind: type[Kind], name: str) -> Kind:
    try:
        return kind(name)
    except ValueError as error:
        raise click.UsageError(f"“{name}” is none of: {', '.join(kind)}") from error


def _print(plan: PastPlan, *, is_dry: bool, is_written: bool) -> None:
    for note in plan.notes:
        click.echo(str(note))
    for change in plan.changes:
        what = "; ".join(f"{name}: {old or '–'} → {new or '–'}" for name, old, new in change.differences)
        said = what or f"{change.after.cycle}, {change.after.to_level_id}, {change.after.outcome}"
        click.echo(f"{'change' if change.before else 'add':<7}{change.who}: {said}")
    for fault in plan.faults:
        click.echo(str(fault), err=True)
    counts = ", ".join(f"{number} {name}" for name, number in plan.counts.items())
    begun = "brought in" if is_written else "would be" if is_dry else "nothing is written"
    click.echo(f"{begun}: {counts}")


def _as_data(plan: PastPlan, *, is_dry: bool, is_written: bool) -> dict[str, object]:
    return {
        "is_dry_run": is_dry,
        "is_written": is_written,
        "counts": plan.counts,
        "columns": {name.value: column for name, column in plan.columns.items()},
        "not_read": list(plan.unread),
        "changes": [
            {
                "row": change.row,
                "person": change.who,
                "kind": "change" if change.before else "add",
                "cycle": change.after.cycle,
                "announced_on": change.after.announced_on.isoformat(),
                "to_level": change.after.to_level_id,
                "outcome": change.after.outcome.value,
                "fields": {name: [old, new] for name, old, new in change.differences},
            }
            for change in plan.changes
        ],
        "faults": [_fault_data(fault) for fault in plan.faults],
        "notes": [str(note) for note in plan.notes],
    }


def _fault_data(fault: Fault) -> dict[str, object]:
    expected = str(fault.expected) if fault.expected else None
    return {"row": fault.row, "column": fault.field, "what": str(fault.what), "expected": expected}
