"""Whether a password is the one that a hash was made of: argon2id, in memory of large pages.

What a check takes goes back to the system after it. In pages of 4 KiB the 19 MiB are 4,864, each of which the kernel
finds and empties anew at every check, a third of the hash's own time; in pages of 2 MiB they are ten. Where there are
none so large it gives small ones; where the library cannot be lent memory at all, it takes its own.
"""

from __future__ import annotations

import ctypes
import mmap
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hmac import compare_digest
from typing import Any

from argon2 import Parameters, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import Type, core, error_to_str, ffi, verify_secret

LARGE_PAGE = 2 << 20
KIBIBYTE = 1024
GIVEN, REFUSED = 0, 1
_GIVE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_void_p), ctypes.c_size_t)
_TAKE_BACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_size_t)


def is_made_of(stored: str, password: str) -> bool:
    """Tell whether a hash was made of a password.

    Raises InvalidHashError for what is no hash, VerificationError where the library fails, OSError without memory.
    """
    known, secret = extract_parameters(stored), password.encode()
    salt, tag = (_read(part) for part in stored.split("$")[-2:])
    with _large_pages(known.memory_cost * KIBIBYTE) as address:
        try:
            lent = _lend(address, known.memory_cost * KIBIBYTE)
        except MemoryError:  # the system lets nobody be called back
            return _ask_library(stored, secret, known.type)
        return compare_digest(_make_tag(known, secret, salt, len(tag), lent), tag)


def _ask_library(stored: str, secret: bytes, kind: Type) -> bool:
    try:
        return verify_secret(stored.encode(), secret, kind)
    except VerifyMismatchError:
        return False


def _read(part: str) -> bytes:
    try:
        return b64decode(part + "=" * (-len(part) % 4), validate=True)
    except NotBase64:
        raise InvalidHashError from None


@contextmanager
def _large_pages(size: int) -> Iterator[int]:
    """Give the address of so many bytes, of large pages where the system has them; they are gone at the end."""
    whole = -(-size // LARGE_PAGE) * LARGE_PAGE
    with mmap.mmap(-1, whole + LARGE_PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as block:
        with suppress(AttributeError, OSError):  # another system; a kernel without them
            block.madvise(mmap.MADV_HUGEPAGE)
        with ffi.from_buffer(block) as begin:
            yield -(-int(ffi.cast("uintptr_t", begin)) // LARGE_PAGE) * LARGE_PAGE


def _lend(address: int, size: int) -> tuple[Any, Any]:
    """Return what gives the library these bytes when it asks for memory, and what takes them back."""

    def give(place: Any, wanted: int) -> int:
        if wanted > size:
            return REFUSED
        place[0] = address
        return GIVEN

    return _GIVE(give), _TAKE_BACK(lambda _address, _size: None)


def _make_tag(known: Parameters, secret: bytes, salt: bytes, length: int, lent: tuple[Any, Any]) -> bytes:
    """Return what the hash of a password ends with, made in the memory that is lent."""
    tag, given, salted = ffi.new("uint8_t[]", length), ffi.new("uint8_t[]", secret), ffi.new("uint8_t[]", salt)
    task = ffi.new("argon2_context *")
    task.out, task.outlen = tag, length
    task.pwd, task.pwdlen = given, len(secret)
    task.salt, task.saltlen = salted, len(salt)
    task.t_cost, task.m_cost = known.time_cost, known.memory_cost
    task.lanes = task.threads = known.parallelism
    task.version = known.version
    give, take_back = (ctypes.cast(call, ctypes.c_void_p).value for call in lent)
    task.allocate_cbk = ffi.cast("allocate_fptr", give)
    task.free_cbk = ffi.cast("deallocate_fptr", take_back)
    code = core(task, known.type.value)
    if code:
        raise VerificationError(error_to_str(code))
    return bytes(ffi.buffer(tag))
