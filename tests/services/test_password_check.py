"""A password is checked in memory that is lent, as the library checks it in its own, and that memory goes back."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import Type, hash_secret

from review.services import password_check, sign_ins
from review.services.password_check import KIBIBYTE, LARGE_PAGE, is_made_of
from review.services.sign_ins import hash_password
from tests.programs import run_program

PASSWORD = "correct horse battery"
PUBLISHED = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
"""That of “password” in the tests of the hash's own authors."""
BEFORE_TAG = PUBLISHED.rindex("$") + 1
LARGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage")
TRIED = (PASSWORD, PASSWORD[:-1], f"{PASSWORD}!", "", "Straße \N{SNOWMAN} " * 20, "with\0zero")


def hash_with(secret: str, kind: Type = Type.ID, lanes: int = 1, version: int = 19, length: int = 32) -> str:
    made = hash_secret(secret.encode(), b"sixteen bytes of", 1, 64 * lanes, lanes, length, kind, version)
    return made.decode()


def ask_library(stored: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(stored, password)
    except VerifyMismatchError:
        return False


@pytest.mark.parametrize(
    "more",
    [{}, {"lanes": 2}, {"version": 16}, {"length": 33}, {"kind": Type.I}, {"kind": Type.D}],
    ids=["usual", "two lanes", "older", "longer", "argon2i", "argon2d"],
)
def test_it_finds_what_the_library_finds(more: dict[str, object]) -> None:
    hashes = [hash_with(each, **more) for each in TRIED]  # type: ignore[arg-type]
    found = [[is_made_of(stored, tried) for tried in TRIED] for stored in hashes]
    assert found == [[ask_library(stored, tried) for tried in TRIED] for stored in hashes]
    assert found == [[one == other for one in TRIED] for other in TRIED]


def test_it_finds_what_was_published() -> None:
    assert [is_made_of(PUBLISHED, each) for each in ("password", "passwore")] == [True, False]


@pytest.mark.parametrize("stored", ["", "scrypt:1", PUBLISHED.replace("/4", "*4"), f"{PUBLISHED}****", f"{PUBLISHED}$"])
def test_what_is_no_hash_is_refused(stored: str) -> None:
    with pytest.raises(InvalidHashError):
        is_made_of(stored, "password")


def test_a_hash_that_was_cut_is_nobodys() -> None:
    """Each is compared at the length that is left of it, and none at all is no match."""
    with pytest.raises(VerificationError, match=r"^Output is too short$"):
        is_made_of(PUBLISHED[:BEFORE_TAG], "password")
    assert [is_made_of(PUBLISHED[: BEFORE_TAG + signs], "password") for signs in (6, 22, 42)] == [False] * 3


def test_the_library_takes_no_more_memory_than_it_is_lent() -> None:
    known = extract_parameters(PUBLISHED)
    with password_check._large_pages(LARGE_PAGE) as address:
        lent = password_check._lend(address, 256 * KIBIBYTE - 1)
        with pytest.raises(VerificationError, match=r"^Memory allocation error$"):
            password_check._make_tag(known, b"password", b"somesalt", 32, lent)


def test_where_nothing_can_be_called_back_the_library_takes_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_function: object) -> object:
        raise MemoryError

    monkeypatch.setattr(password_check, "_GIVE", refuse)
    assert [is_made_of(PUBLISHED, each) for each in ("password", "passwore")] == [True, False]


def test_memory_is_asked_for_in_large_pages() -> None:
    with password_check._large_pages(3 * LARGE_PAGE - 1) as address:
        ctypes.memset(address, 1, 3 * LARGE_PAGE)
        assert (address % LARGE_PAGE, "hg" in read_flags(address)) == (0, LARGE_PAGES.is_dir())


def read_flags(address: int) -> list[str]:
    """Return what the kernel notes of the memory at an address."""
    here = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if span := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            here = int(span[1], 16) <= address < int(span[2], 16)
        elif here and line.startswith("VmFlags:"):
            return line.split()[1:]
    raise AssertionError(f"nothing is at {address:x}")


MEASURE = """
import sys
from pathlib import Path
from review.services.password_check import is_made_of

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

before = held()
found = [is_made_of(sys.argv[1], each) for each in ("right", "wrong", "right")]
print(found, (held() - before) >> 20)
"""


def test_what_a_check_took_is_given_back() -> None:
    found, _, held = run_program(MEASURE, hash_password("right")).rpartition(" ")
    assert (found, int(held) < 4) == ("[True, False, True]", True)


def test_what_stands_for_an_unknown_account_takes_what_a_hash_takes() -> None:
    stored, decoy = hash_password(PASSWORD), sign_ins._decoy()
    assert (extract_parameters(decoy), len(decoy)) == (extract_parameters(stored), len(stored))
    assert not is_made_of(decoy, PASSWORD)
