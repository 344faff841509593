"""The signature of a file: one, over every byte of it but its own, in the place of the seal.

A file is written whole with an empty place for the signature, never with an update at its end. A comment line before
the last `startxref`, where other files have their seal, says by whose key the file is signed; it is signed too.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pikepdf

from review.adapters.packet_keys import SigningKey, fingerprint_of
from review.adapters.packet_seal import PLACE, seal_file
from review.domain.values import dataclass

MARK = re.compile(rb"%dualtrack signed [0-9a-f]{64}\n")
LENGTH = 4096
"""How many bytes are kept free for the signature; it needs some 900, and more for a long name."""
NUMBER = 10
"""How many digits a place in the file may have."""
KIND = pikepdf.Name("/ETSI.CAdES.detached")
FREE = int("9" * NUMBER)
HIDDEN, SHOWN = 130, 132
"""Flags of a field that nobody sees: locked, and hidden (which PDF/UA asks for) or in print (which PDF/A asks for)."""
APPEND_ONLY = 3


@dataclass(frozen=True)
class Signing:
    """With which key a file is signed, and the time that the signature names: the packet's own, never the clock's."""

    key: SigningKey
    at: datetime


@dataclass(frozen=True)
class Signed:
    """What a file's signature says: by which key (SHA-256 of its certificate), whose name is in it, and if it holds.

    `is_intact`: it is right, and over every byte of the file. `added`: so many bytes more than it is over are there.
    """

    key: str = ""
    name: str = ""
    is_intact: bool = False
    added: int = 0
    count: int = 1


def is_marked(pdf: bytes) -> bool:
    """Tell whether a file says of itself that it is signed."""
    return MARK.search(pdf) is not None


def close_file(file: pikepdf.Pdf, signing: Signing | None, seed: bytes) -> bytes:
    """Return the bytes of a file: signed where there is a key, else sealed.

    Args:
        seed: something that cannot stand in the file, made from what it is made from; it keeps the signature's place.

    The same file, key and seed give the same bytes.
    """
    place = make_place(seed)
    if signing is not None:
        add_field(file, place, signing.at)
    result = BytesIO()
    file.save(result, deterministic_id=True, fix_metadata_version=False)
    return seal_file(result.getvalue()) if signing is None else fill_place(result.getvalue(), place, signing.key)


def make_place(seed: bytes) -> bytes:
    """Return what stands in the place of a signature until it is there."""
    return hashlib.sha256(b"place " + seed).digest() * (LENGTH // 32)


def sign_file(pdf: bytes, signing: Signing | None) -> bytes:
    """Return a print with a signature in the place of its seal; as it is where there is no key."""
    if signing is None:
        return pdf
    with pikepdf.open(BytesIO(pdf)) as file:
        return close_file(file, signing, pdf)


def read_signature(pdf: bytes, file: pikepdf.Pdf) -> Signed | None:
    """Return what the signature of a file says, None where it has none.

    Args:
        file: the same, opened.
    """
    values = _values(file)
    if not values:
        return None
    if len(values) > 1:
        return Signed(count=len(values))
    try:
        start, before, after, rest = (int(each) for each in values[0].ByteRange)
        content = bytes(values[0].Contents)
    except (ValueError, TypeError, AttributeError):
        return Signed()
    added = max(len(pdf) - after - rest, 0)
    if (start, after + rest, values[0].get("/SubFilter")) != (0, len(pdf), KIND):
        return Signed(added=added)
    return _check(pdf, before, after, content)


def _check(pdf: bytes, before: int, after: int, content: bytes) -> Signed:
    """Check the one signature of a file, whose place is all that it does not cover."""
    from review.adapters.packet_cms import SignatureBroken, check_signature  # loads a signing library

    if pdf[before:after] != b"<%s>" % content.hex().encode() or len(content) != LENGTH:
        return Signed()
    digest = hashlib.sha256(pdf[:before] + pdf[after:]).digest()
    try:
        certificate, name = check_signature(_without_rest(content), digest)
    except SignatureBroken:
        return Signed()
    return Signed(fingerprint_of(certificate), name, is_intact=True)


def _without_rest(content: bytes) -> bytes:
    """Return the signature without the zeros behind it; with all that follows where that is anything else."""
    if content[:2] != b"\x30\x82":
        return content
    length = int.from_bytes(content[2:4], "big") + 4
    return content if content[length:].strip(b"\0") else content[:length]


def _values(file: pikepdf.Pdf) -> list[Any]:
    form: Any = file.Root.get("/AcroForm")
    fields = form.get("/Fields", pikepdf.Array()) if isinstance(form, pikepdf.Dictionary) else ()
    return [each.V for each in fields if each.get("/FT") == pikepdf.Name.Sig and "/V" in each]


def add_field(file: pikepdf.Pdf, place: bytes, at: datetime) -> None:
    """Add the field with an empty signature; nobody sees it on the first page, on which it must be."""
    page: Any = file.pages[0].obj
    value = pikepdf.Dictionary(
        Type=pikepdf.Name.Sig,
        Filter=pikepdf.Name("/Adobe.PPKLite"),
        SubFilter=KIND,
        M=f"D:{at.astimezone(UTC):%Y%m%d%H%M%S}Z",
        ByteRange=[0, FREE, FREE, FREE],
        Contents=pikepdf.String(place),
    )
    field = file.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Sig,
            T="Signature",
            TU="Signature",
            F=SHOWN if "/OutputIntents" in file.Root else HIDDEN,
            Rect=[0, 0, 0, 0],
            P=page,
            V=file.make_indirect(value),
        )
    )
    if "/Annots" not in page:
        page.Annots = pikepdf.Array()
    page.Annots.append(field)
    page.Tabs = pikepdf.Name.S
    file.Root.AcroForm = pikepdf.Dictionary(Fields=[field], SigFlags=APPEND_ONLY)


def fill_place(pdf: bytes, place: bytes, key: SigningKey) -> bytes:
    """Say whose key it is, and put the signature of all other bytes into its place."""
    from review.adapters.packet_cms import sign_digest  # loads a signing library

    head, word, tail = pdf.rpartition(PLACE)
    whole = b"".join((head, b"%dualtrack signed ", key.fingerprint.encode(), b"\n", word, tail))
    held = b"<%s>" % place.hex().encode()
    empty = b"/ByteRange [ 0 %d %d %d ] /Contents " % (FREE, FREE, FREE)
    begin = whole.index(empty + held)
    before = begin + len(empty)
    after = before + len(held)
    numbers = b"/ByteRange [ 0 %d %d %d ]" % (before, after, len(whole) - after)
    first = whole[:begin] + numbers.ljust(len(empty) - len(b"/Contents ")) + b"/Contents "
    last = whole[after:]
    signature = sign_digest(hashlib.sha256(first + last).digest(), key)
    return b"".join((first, b"<%s>" % signature.ljust(LENGTH, b"\0").hex().encode(), last))
