"""A sealed detail opens in its place, with its key, as it was; and nowhere else."""

from __future__ import annotations

from review.domain.sealed_detail import (
    CHANCE_BYTES,
    KEY_BYTES,
    NONCE_BYTES,
    Sealed,
    derive_keys,
    open_detail,
    seal_detail,
    unwrap_key,
    wrap_key,
)

KEY, OTHER = b"k" * KEY_BYTES, b"o" * KEY_BYTES
DETAIL = {"name": "Zoë", "cases": [1, 2], "after": {"main": "x"}}


def seal(chance: bytes = bytes(CHANCE_BYTES)) -> Sealed:
    return seal_detail(DETAIL, key=KEY, seq=7, kind="case.seal", chance=chance)


def test_a_detail_opens_in_its_place_with_its_key() -> None:
    assert open_detail(seal(), key=KEY, seq=7, kind="case.seal") == DETAIL
    assert open_detail(seal(), key=OTHER, seq=7, kind="case.seal") is None
    assert open_detail(seal(), key=KEY, seq=8, kind="case.seal") is None
    assert open_detail(seal(), key=KEY, seq=7, kind="case.open") is None
    assert open_detail(Sealed(b"short", seal().hash), key=KEY, seq=7, kind="case.seal") is None


def test_the_hash_says_that_it_is_the_detail_that_was_sealed() -> None:
    """Whoever has the key could seal another detail in its place: the hash of the first does not fit it."""
    other = seal_detail({"cases": []}, key=KEY, seq=7, kind="case.seal", chance=b"c" * CHANCE_BYTES)
    assert open_detail(Sealed(other.blob, seal().hash), key=KEY, seq=7, kind="case.seal") is None
    assert seal(b"c" * CHANCE_BYTES).hash != seal().hash


def test_a_key_is_one_persons() -> None:
    keys = derive_keys("an audit key " * 3)
    wrapped = wrap_key(KEY, person_id=3, wrapping=keys.wrapping, nonce=bytes(NONCE_BYTES))
    assert unwrap_key(wrapped, person_id=3, wrapping=keys.wrapping) == KEY
    assert unwrap_key(wrapped, person_id=4, wrapping=keys.wrapping) is None
    assert unwrap_key(wrapped, person_id=3, wrapping=keys.installation) is None
    assert unwrap_key(wrapped, person_id=3, wrapping=derive_keys("another key " * 3).wrapping) is None
