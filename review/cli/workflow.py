"""`dualtrack workflow`: check a workflow's file, draw it, publish it, move running cases."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from review.cli.check import check, print_faults, read_workflow
from review.cli.workflow_versions import migrate, publish
from review.domain.workflow import Tokens, enter
from review.domain.workflow_definition import Definition
from review.domain.workflow_diagram import draw_item, draw_workflow
from review.domain.workflow_file import Workflow
from review.domain.workflow_mermaid import write_mermaid


@click.group("workflow")
def workflow() -> None:
    """Check, draw, publish and migrate workflows."""


for command in (check, publish, migrate):
    workflow.add_command(command)


@workflow.command("diagram")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mermaid", "is_mermaid", is_flag=True, help="Write Mermaid instead of SVG.")
@click.option("--item", help="Draw the machine of an item, e.g. feedback or seat.")
@click.option("--at", metavar="STATE", help="Mark this state: you are here.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file instead of the screen."
)
def diagram(path: Path, is_mermaid: bool, item: str | None, at: str | None, out: Path | None) -> None:
    """Draw the workflow in the file PATH. Exits 1 when the file has faults."""
    drawn = _draw(_load(path), is_mermaid=is_mermaid, item=item, at=at)
    if out is None:
        click.echo(drawn)
    else:
        out.write_text(drawn, encoding="utf-8")


def _load(path: Path) -> Definition:
    parsed = read_workflow(path)
    if isinstance(parsed, Workflow):
        return parsed.definition
    print_faults(parsed)
    sys.exit(1)


def _draw(definition: Definition, *, is_mermaid: bool, item: str | None, at: str | None) -> str:
    if item is not None and item not in definition.items:
        raise click.UsageError(f"--item is one of: {', '.join(definition.items)}")
    machine = definition.items[item] if item else definition
    if at is not None and at not in machine.states:
        raise click.UsageError(f"--at is one of: {', '.join(machine.states)}")
    if item is not None:
        if is_mermaid:
            raise click.UsageError("--mermaid draws the case, not its items")
        return draw_item(definition, item, at)
    tokens: Tokens | None = enter(definition, {}, at) if at else None
    return write_mermaid(definition, tokens) if is_mermaid else draw_workflow(definition, tokens)
