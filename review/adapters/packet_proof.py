"""What proves that a file is as it was made: its signature, or the seal of one that was made without a key.

One proof is enough in a file. A seal needs no key, so anybody can put one in the place of a signature that they took
off: where keys are known, a file without a signature is not taken for whole.
"""

from __future__ import annotations

import pikepdf

from review.adapters.packet_seal import Seal, read_seal
from review.adapters.packet_signature import Signed, is_marked, read_signature
from review.domain.text import Text, plural, text
from review.domain.values import dataclass
from review.domain.writing import clean_line


@dataclass(frozen=True)
class Keys:
    """The keys that are known here, by name, and whether a file must be signed at all.

    Where any key is known, or must be, a file that is signed with another one is not whole.
    """

    known: frozenset[str] = frozenset()
    is_demanded: bool = False


ANY_KEY = Keys()


@dataclass(frozen=True)
class Proof:
    """What was found: signature or seal, by which key, if that is known here, and each reason against it."""

    is_signed: bool = False
    is_sealed: bool = False
    key: str = ""
    signer: str = ""
    is_known: bool = False
    faults: tuple[Text, ...] = ()
    was_ours: bool = False
    """The file says that it was signed or sealed here, whatever became of it."""


UNREAD = Proof()


def read_proof(pdf: bytes, file: pikepdf.Pdf | None, keys: Keys) -> Proof:
    """Say what a file's signature proves, or else its seal; `file` is the same opened, None where that fails."""
    is_ours, seal = is_marked(pdf), read_seal(pdf)
    signed = None if file is None else read_signature(pdf, file)
    if signed is None:
        faults = (*_faults_of_missing(is_ours, keys), *_faults_of_seal(seal, is_ours))
        is_sealed = seal is not Seal.MISSING
        return Proof(is_sealed=is_sealed, faults=faults, was_ours=is_ours or seal is Seal.BROKEN)
    is_known = signed.key in keys.known
    faults = (*_faults_of_signature(signed), *(() if is_known else _faults_of_key(signed, keys)))
    signer = clean_line(signed.name)
    return Proof(is_signed=True, key=signed.key, signer=signer, is_known=is_known, faults=faults, was_ours=is_ours)


def _faults_of_signature(signed: Signed) -> tuple[Text, ...]:
    if signed.is_intact:
        return ()
    if signed.count > 1:
        return (text("The file has %(count)s signatures; a packet has one", count=signed.count),)
    if signed.added:
        return (
            plural(
                "The file has %(count)s byte more than was signed: something was added or saved later",
                "The file has %(count)s bytes more than were signed: something was added or saved later",
                signed.added,
                count=signed.added,
            ),
        )
    return (text("The file is not byte for byte as it was signed"),)


def _faults_of_key(signed: Signed, keys: Keys) -> tuple[Text, ...]:
    if not signed.is_intact or not (keys.known or keys.is_demanded):
        return ()
    return (text("The file was signed with a key that is not known here, %(key)s", key=signed.key),)


def _faults_of_missing(is_marked: bool, keys: Keys) -> tuple[Text, ...]:
    if is_marked:
        return (text("The file says that it is signed, but its signature was taken off or destroyed"),)
    if keys.is_demanded:
        return (text("The file has no signature: it was taken off, or the file is older than the key"),)
    return ()


def _faults_of_seal(seal: Seal, is_marked: bool) -> tuple[Text, ...]:
    if seal is Seal.WHOLE or (is_marked and seal is Seal.MISSING):
        return ()
    if seal is Seal.BROKEN:
        return (text("The file is not byte for byte as it was sealed"),)
    return (text("The file has no seal at its end: something was added, cut off or saved again by another program"),)
