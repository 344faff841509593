"""Whether a PDF is a packet of ours and whole: its embedded content, its digest, and what its pages carry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO

import pikepdf

from review.adapters.packet_seal import Seal, read_seal
from review.adapters.pdf import CONTENT_NAME
from review.adapters.pdf_text import read_pages
from review.domain.canonical_json import digest
from review.domain.errors import Invalid
from review.domain.packet_json import read_packet, write_packet
from review.domain.text import Text, plural, text

SHORT = re.compile(r"sha-256([0-9a-f]{8})([0-9a-f]{8})")
LONG = re.compile(r"[0-9a-f]{64}")
DAMAGED = (pikepdf.PdfError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError)
"""What reading a file may raise whose parts are not what they say they are."""


class Verdict(StrEnum):
    """What a file turned out to be."""

    WHOLE = "whole"
    CHANGED = "changed"
    FOREIGN = "not ours"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was found in a file: the packet it says it is, and each reason against it."""

    verdict: Verdict
    reasons: tuple[Text, ...] = ()
    case_code: str = ""
    view: str = ""
    digest: str = ""
    pages: int = 0


def verify_packet(pdf: bytes) -> Receipt:
    """Say whether the PDF carries a packet's content, unchanged, its digest on every page, and is sealed as it is.

    A reader's copy is sealed anew with its line in the margin, so it is as whole as the print it was made from. Without
    a signature somebody who rewrites content, digest, pages and seal together is not found out.
    """
    seal = read_seal(pdf)
    try:
        with pikepdf.open(BytesIO(pdf)) as file:
            return _verify(file, seal)
    except DAMAGED:
        return _unread(seal, text("This file cannot be read as PDF"))


def _verify(file: pikepdf.Pdf, seal: Seal) -> Receipt:
    count = len(file.pages)
    if CONTENT_NAME not in file.attachments:
        return _unread(seal, text("No packet is embedded in this file"), count)
    content = file.attachments[CONTENT_NAME].get_file().read_bytes()
    found = digest(content)
    try:
        packet = read_packet(content)
    except Invalid as error:
        faults = (text("The embedded content is no packet: %(fault)s", fault=str(one)) for one in error.faults)
        return Receipt(Verdict.CHANGED, (*_faults_of_seal(seal), *faults), digest=found, pages=count)
    reasons = (
        *_faults_of_seal(seal),
        *_faults_of_form(content == write_packet(packet)),
        *_faults_of_pages(_read(file), found),
    )
    verdict = Verdict.CHANGED if reasons else Verdict.WHOLE
    return Receipt(verdict, reasons, packet.case.code, packet.view, found, count)


def _unread(seal: Seal, reason: Text, pages: int = 0) -> Receipt:
    """Say that nothing can be read: of a file whose seal is broken that it was changed, else that it is not ours."""
    if seal is not Seal.BROKEN:
        return Receipt(Verdict.FOREIGN, (reason,), pages=pages)
    return Receipt(Verdict.CHANGED, (*_faults_of_seal(seal), reason), pages=pages)


def _read(file: pikepdf.Pdf) -> tuple[str, ...]:
    try:
        return read_pages(file)
    except DAMAGED:
        return ("",) * len(file.pages)


def _faults_of_seal(seal: Seal) -> tuple[Text, ...]:
    if seal is Seal.WHOLE:
        return ()
    if seal is Seal.BROKEN:
        return (text("The file is not byte for byte as it was sealed"),)
    return (text("The file has no seal at its end: something was added, cut off or saved again by another program"),)


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
    return tuple(faults)


def _short(page: str) -> list[str]:
    return [first + second for first, second in SHORT.findall(page.replace(" ", ""))]
