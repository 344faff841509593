"""The `dualtrack` command: a table of contents; each command's module is loaded when it is called.

Exit status: 0 done, 1 faults found, 2 wrong usage or unsafe settings.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click
from sqlalchemy.exc import OperationalError

from review.config import UnsafeSettings

# command: the module under review.cli and the function in it
COMMANDS = {
    "serve": "serve:serve",
    "worker": "serve:worker",
    "tick": "serve:tick",
    "demo": "demo:demo",
    "check": "check:check",
    "ladder": "ladder:ladder",
    "workflow": "workflow:workflow",
    "words": "words:words",
    "policy": "policy:policy",
    "people": "people:people",
    "scim": "scim:scim",
    "cycle": "cases:cycle",
    "case": "cases:case",
    "packet": "packet:packet",
    "history": "history:history",
    "book": "book:book",
    "audit": "audit:audit",
    "subject-access": "subject_access:subject_access",
    "retention": "retention:retention",
    "erase": "erase:erase",
    "compile": "compile:compile_ahead",
    "db": "database:db",
    "backup": "backup:backup",
    "restore": "restore:restore",
    "doctor": "doctor:doctor",
}


class Contents(click.Group):
    """A group whose commands are imported by name, so that one command does not pay for the others."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Return a command, or None when there is none of this name."""
        if name not in COMMANDS:
            return None
        module, function = COMMANDS[name].split(":")
        command = getattr(import_module(f"review.cli.{module}"), function)
        return command if isinstance(command, click.Command) else None


@click.group(cls=Contents, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dualtrack")
def group() -> None:
    """Promotion reviews for companies with a dual-track career ladder."""


def main() -> None:
    """Run a command; unsafe settings, or a database that is away, are told in sentences instead of a traceback."""
    try:
        group()
    except OperationalError as error:
        is_empty = "no such table" in str(error.orig)
        told = (
            "There are no tables yet: dualtrack db migrate makes them" if is_empty else "The database does not answer"
        )
        click.echo(told if is_empty else f"{told}: {error.orig}", err=True)
        sys.exit(1)
    except UnsafeSettings as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(2)
