"""`dualtrack scim`: the tokens by which a company's directory keeps people up to date."""

from __future__ import annotations

import click

from review.cli.installation import open_installation
from review.domain.errors import Invalid
from review.services.directory_sync import make_token, revoke_tokens


@click.group()
def scim() -> None:
    """Let a directory keep people and groups up to date."""


@scim.command()
@click.argument("name")
def token(name: str) -> None:
    """Make a token called NAME and print it, once; it is kept as a hash only."""
    with open_installation() as (session, now):
        try:
            made = make_token(session, name, now=now)
        except Invalid as refused:
            raise click.UsageError(str(refused)) from refused
        session.commit()
    click.echo(made)


@scim.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Let the tokens called NAME open nothing any more."""
    with open_installation() as (session, now):
        count = revoke_tokens(session, name, now=now)
        session.commit()
    if not count:
        raise click.UsageError(f"no token is called {name}")
    click.echo(f"{count} revoked")
