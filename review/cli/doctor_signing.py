"""What `dualtrack doctor` finds about the key that signs packets, and says where there is nothing to find."""

from __future__ import annotations

from collections.abc import Iterator

from review.cli.doctor_places import Finding
from review.config import Settings

MAKE = "dualtrack packet key"


def find_in_signing(settings: Settings) -> Iterator[Finding]:
    """Yield a key that cannot be read, and one that has gone though packets were signed with it."""
    from review.adapters.packet_keys import KeyDamaged, known_keys, read_key

    try:
        key = read_key(settings.signing_key)
    except KeyDamaged as error:
        yield Finding(f"No packet can be handed out: {error}.", f"Put the key back from a backup, or {MAKE} --replace")
        return
    try:
        known = known_keys(settings.signing_key)
    except KeyDamaged as error:
        yield Finding(f"No packet can be checked: {error}.", "Put the file back from a backup, or remove it.")
        return
    if known and key is None:
        yield Finding(
            f"Packets were signed, but the key has gone: {settings.signing_key}.",
            f"Put it back from the keys of a backup, or make another one: {MAKE}",
        )


def name_signing_key(settings: Settings) -> str | None:
    """Return the name of the key that signs packets, None where they are handed out unsigned."""
    from review.adapters.packet_keys import KeyDamaged, read_key

    try:
        key = read_key(settings.signing_key)
    except KeyDamaged:
        return None
    return None if key is None else key.fingerprint
