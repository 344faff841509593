"""`dualtrack compile`: what a start would compile, compiled once, by whoever installs or upgrades."""

from __future__ import annotations

import compileall
from pathlib import Path

import click

from review.config import ROOT, Settings


@click.command(name="compile")
def compile_ahead() -> None:
    """Compile modules and pages of this version, so that no start and no first page has to.

    Once after each installation and upgrade, by whoever may write where the program lies. Without it all runs as well,
    only later: what belongs to another version is never read.
    """
    from review import create_app
    from review.web.compiled import compile_pages

    if not compileall.compile_dir(ROOT / "review", quiet=1):
        raise click.ClickException(f"What lies in {ROOT} could not all be compiled; what is said above says why.")
    count = compile_pages(create_app(_settle_nothing()))
    click.echo(f"Modules and {count} templates are compiled.")


def _settle_nothing() -> Settings:
    """Return settings that touch no database, no file and no key: how a page is compiled does not depend on them."""
    nowhere = Path()
    return Settings(database_url="sqlite://", secret_key="", audit_key="", var_dir=nowhere, files_dir=nowhere)
