"""The detail of an event as it is kept: sealed under a key, with a hash that tells nothing once the key is gone."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

KEY_BYTES, SALT_BYTES, NONCE_BYTES = 32, 32, 12
CHANCE_BYTES = SALT_BYTES + NONCE_BYTES
_FIRST = b"the audit key of before"


class TrailKeys(NamedTuple):
    """What is derived from the audit key: `wrapping` closes people's keys, `installation` seals what has no person."""

    wrapping: bytes
    installation: bytes


class Sealed(NamedTuple):
    """A sealed detail, and the hash that the event's seal covers."""

    blob: bytes
    hash: str


@lru_cache(maxsize=8)
def derive_keys(audit_key: str) -> TrailKeys:
    """Derive the keys of the trail from the audit key. Source: RFC 5869 (HKDF) with SHA-256, a purpose for each."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    purposes = (b"dualtrack trail: keys of people", b"dualtrack trail: details about nobody")
    made = [HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(audit_key.encode()) for info in purposes]
    return TrailKeys(*made)


def name_key(audit_key: str) -> str:
    """Return by what it is known which audit key seals the trail; it tells nothing of the key."""
    return hmac.digest(audit_key.encode(), b"dualtrack trail: which key", "sha256").hex()


def seal_detail(detail: Mapping[str, Any], *, key: bytes, seq: int, kind: str, chance: bytes) -> Sealed:
    """Seal a detail in its place in the trail (AES-256-GCM; the event's number and kind are bound to it).

    The hash is an HMAC under a salt that lies within the seal: without the key not even a small detail can be guessed;
    with it, the hash says that this is the detail that was sealed, whatever key somebody may put in place of the first.

    Args:
        chance: CHANCE_BYTES random bytes, never used twice.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = chance[:SALT_BYTES], chance[SALT_BYTES:]
    content = _canonical(detail)
    blob = nonce + AESGCM(key).encrypt(nonce, salt + content, _place(seq, kind))
    return Sealed(blob, hmac.digest(salt, content, "sha256").hex())


def open_detail(sealed: Sealed, *, key: bytes, seq: int, kind: str) -> dict[str, Any] | None:
    """Return the detail, or None where the key is another, or anything has been changed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, locked = sealed.blob[:NONCE_BYTES], sealed.blob[NONCE_BYTES:]
    try:
        opened = AESGCM(key).decrypt(nonce, locked, _place(seq, kind))
    except (InvalidTag, ValueError):  # ValueError: too short to be sealed by anybody
        return None
    salt, content = opened[:SALT_BYTES], opened[SALT_BYTES:]
    if not hmac.compare_digest(hmac.digest(salt, content, "sha256").hex(), sealed.hash):
        return None
    detail: dict[str, Any] = json.loads(content)
    return detail


def move_detail(sealed: Sealed, *, old: bytes, new: bytes, seq: int, kind: str, nonce: bytes) -> bytes | None:
    """Return a sealed detail under another key, salt and hash as before; None where the old key does not open it."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        opened = AESGCM(old).decrypt(sealed.blob[:NONCE_BYTES], sealed.blob[NONCE_BYTES:], _place(seq, kind))
    except (InvalidTag, ValueError):
        return None
    return nonce + AESGCM(new).encrypt(nonce, opened, _place(seq, kind))


def wrap_secret(secret: str, *, wrapping: bytes, nonce: bytes) -> bytes:
    """Close the audit key of before any was replaced: marks of who was erased stand under it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return nonce + AESGCM(wrapping).encrypt(nonce, secret.encode(), _FIRST)


def unwrap_secret(wrapped: bytes, *, wrapping: bytes) -> str:
    """Return that key. Raises cryptography's InvalidTag where the audit key is another than the one that closed it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(wrapping).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _FIRST).decode()


def wrap_key(key: bytes, *, person_id: int, wrapping: bytes, nonce: bytes) -> bytes:
    """Close a person's key, so that it opens for this person's number alone."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return nonce + AESGCM(wrapping).encrypt(nonce, key, _owner(person_id))


def unwrap_key(wrapped: bytes, *, person_id: int, wrapping: bytes) -> bytes | None:
    """Return a person's key, or None where the audit key is another, or the row has been changed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(wrapping).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _owner(person_id))
    except (InvalidTag, ValueError):
        return None


def _canonical(detail: Mapping[str, Any]) -> bytes:
    return json.dumps(detail, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _place(seq: int, kind: str) -> bytes:
    return f"event {seq} {kind}".encode()


def _owner(person_id: int) -> bytes:
    return f"person {person_id}".encode()
