"""Whether a PDF is a packet of ours and whole: signature or seal, embedded content, digest, what its pages carry."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from enum import StrEnum
from io import BytesIO

import pikepdf

from review.adapters.book_receipt import BOOK_NAME, read_book
from review.adapters.packet_proof import ANY_KEY, UNREAD, Keys, Proof, read_proof
from review.adapters.pdf import CONTENT_NAME
from review.adapters.pdf_text import read_pages
from review.domain.canonical_json import digest
from review.domain.errors import Invalid
from review.domain.packet_json import read_packet, write_packet
from review.domain.text import Text, plural, text
from review.domain.values import dataclass

SHORT = re.compile(r"sha-256([0-9a-f]{8})([0-9a-f]{8})")
LONG = re.compile(r"[0-9a-f]{64}")
FOOT = re.compile(r"(\d+)\D+(\d+)\D*\Z")
"""The last words of a page: which it is, and of how many."""
DAMAGED = (pikepdf.PdfError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError)
"""What reading a file may raise whose parts are not what they say they are."""


class Verdict(StrEnum):
    """What a file turned out to be."""

    WHOLE = "whole"
    CHANGED = "changed"
    FOREIGN = "not ours"


@dataclass(frozen=True)
class Receipt:
    """What was found in a file: the packet or book it says it is, who signed it, and each reason against it."""

    verdict: Verdict
    reasons: tuple[Text, ...] = ()
    case_code: str = ""
    view: str = ""
    digest: str = ""
    pages: int = 0
    proof: Proof = UNREAD


def verify_packet(pdf: bytes, keys: Keys = ANY_KEY) -> Receipt:
    """Say whether the PDF carries a packet's content, unchanged, its digest on every page, and is signed or sealed.

    Args:
        keys: that are known here, and whether a file must be signed with one of them.

    A reader's copy is signed or sealed anew with its line in the margin, so it is as whole as the print it was made
    from. Without a signature somebody who rewrites content, digest, pages and seal together is not found out.
    """
    try:
        with pikepdf.open(BytesIO(pdf)) as file:
            return _verify(file, read_proof(pdf, file, keys))
    except DAMAGED:
        return _unread(read_proof(pdf, None, keys), text("This file cannot be read as PDF"))


def _verify(file: pikepdf.Pdf, proof: Proof) -> Receipt:
    count = len(file.pages)
    if BOOK_NAME in file.attachments:
        book = read_book(file)
        reasons = (*proof.faults, *book.faults)
        return Receipt(_judge(reasons), reasons, book.name, "", book.digest, count, proof)
    if CONTENT_NAME not in file.attachments:
        return _unread(proof, text("No packet is embedded in this file"), count)
    content = file.attachments[CONTENT_NAME].get_file().read_bytes()
    found = digest(content)
    try:
        packet = read_packet(content)
    except Invalid as error:
        faults = (text("The embedded content is no packet: %(fault)s", fault=str(one)) for one in error.faults)
        return Receipt(Verdict.CHANGED, (*proof.faults, *faults), digest=found, pages=count, proof=proof)
    reasons = (
        *proof.faults,
        *_faults_of_form(content == write_packet(packet)),
        *_faults_of_pages(_read(file), found),
    )
    return Receipt(_judge(reasons), reasons, packet.case.code, packet.view, found, count, proof)


def _judge(reasons: Collection[Text]) -> Verdict:
    return Verdict.CHANGED if reasons else Verdict.WHOLE


def _unread(proof: Proof, reason: Text, pages: int = 0) -> Receipt:
    """Say that nothing can be read: of a file that was ours that it was changed, else that it is not ours."""
    if not proof.was_ours:
        return Receipt(Verdict.FOREIGN, (reason,), pages=pages, proof=proof)
    return Receipt(Verdict.CHANGED, (*proof.faults, reason), pages=pages, proof=proof)


def _read(file: pikepdf.Pdf) -> tuple[str, ...]:
    try:
        return read_pages(file)
    except DAMAGED:
        return ("",) * len(file.pages)


def _faults_of_form(is_canonical: bool) -> tuple[Text, ...]:
    return () if is_canonical else (text("The embedded content is not in the form in which packets are written"),)


def _faults_of_pages(pages: tuple[str, ...], found: str) -> tuple[Text, ...]:
    faults = []
    if not pages or found not in LONG.findall(pages[0]):
        faults.append(text("The digest on the cover is not that of the embedded content, %(digest)s", digest=found))
    wrong = [number for number, page in enumerate(pages, 1) if found[:16] not in _short(page)]
    if wrong:
        faults.append(
            plural(
                "Page %(pages)s does not carry the digest of the embedded content",
                "Pages %(pages)s do not carry the digest of the embedded content",
                len(wrong),
                pages=", ".join(map(str, wrong)),
            )
        )
    right = {number: page for number, page in enumerate(pages, 1) if number not in wrong}
    return (*faults, *_faults_of_order(right, len(pages)))


def _faults_of_order(pages: dict[int, str], count: int) -> Iterator[Text]:
    """Yield what speaks against the order of pages that carry the digest: each says which it is, and of how many."""
    said = {number: _place(page) for number, page in pages.items()}
    moved = [number for number, (is_number, _) in said.items() if is_number != number]
    if moved:
        yield plural(
            "Page %(pages)s of the file says that it is another one",
            "Pages %(pages)s of the file say that they are other ones",
            len(moved),
            pages=", ".join(map(str, moved)),
        )
    others = sorted({of for _, of in said.values()} - {count})
    if others:
        told = ", ".join(map(str, others))
        yield text("The pages say that there are %(said)s of them; the file has %(have)s", said=told, have=count)


def _short(page: str) -> list[str]:
    return [first + second for first, second in SHORT.findall(page.replace(" ", ""))]


def _place(page: str) -> tuple[int, int]:
    """Return which page a page says it is, and of how many; zeros where it says nothing."""
    said = FOOT.search(page)
    return (0, 0) if said is None else (int(said[1]), int(said[2]))
