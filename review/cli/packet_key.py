"""`dualtrack packet key`: the key with which the installation signs packets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from review.config import find_signing_key, read_settings

if TYPE_CHECKING:
    from review.adapters.packet_keys import SigningKey


@click.command("key")
@click.option("--replace", is_flag=True, help="Make a new key; what older ones have signed is still known.")
def key(*, replace: bool) -> None:
    """Make the key that signs packets, with a certificate of its own; say which it is where there is one.

    From then on whatever is handed out is signed. A key that is there is never overwritten without --replace.
    """
    from review.adapters.packet_keys import KeyThere, certificate_beside, make_key, replace_key

    settings = read_settings()
    path = settings.signing_key
    try:
        made = (replace_key if replace else make_key)(path, settings.company)
        click.echo(f"{path}: made")
    except KeyThere:
        there = read_installed()
        if there is None:
            raise click.ClickException(f"{path} has gone meanwhile") from None
        made = there
        click.echo(f"{path}: there already, left as it is")
    click.echo(f"key {made.fingerprint}")
    click.echo(f"certificate {certificate_beside(path, made)}")


def read_installed() -> SigningKey | None:
    """Return the installation's key, None where it has none; end the command where it cannot be read."""
    from review.adapters.packet_keys import KeyDamaged, read_key

    try:
        return read_key(find_signing_key())
    except KeyDamaged as error:
        raise click.ClickException(str(error)) from error
