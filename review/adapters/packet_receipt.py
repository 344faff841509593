"""Whether a PDF is a packet of ours and whole: its embedded content, its digest, and what its pages carry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO

import pikepdf

from review.adapters.pdf import CONTENT_NAME
from review.adapters.pdf_text import read_pages
from review.domain.canonical_json import digest
from review.domain.errors import Invalid
from review.domain.packet_json import read_packet, write_packet
from review.domain.text import Text, plural, text

SHORT = re.compile(r"sha-256([0-9a-f]{8})([0-9a-f]{8})")
LONG = re.compile(r"[0-9a-f]{64}")


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
    """Say whether the PDF carries a packet's content, unchanged, and its digest on every page.

    Without a signature somebody who rewrites content, digest and pages together is not found out.
    """
    try:
        with pikepdf.open(BytesIO(pdf)) as file:
            return _verify(file)
    except (pikepdf.PdfError, ValueError):
        return Receipt(Verdict.FOREIGN, (text("This file cannot be read as PDF"),))


def _verify(file: pikepdf.Pdf) -> Receipt:
    names = [name for name in file.attachments if name == CONTENT_NAME]
    if not names:
        return Receipt(Verdict.FOREIGN, (text("No packet is embedded in this file"),), pages=len(file.pages))
    content = file.attachments[CONTENT_NAME].get_file().read_bytes()
    found = digest(content)
    try:
        packet = read_packet(content)
    except Invalid as error:
        reasons = tuple(text("The embedded content is no packet: %(fault)s", fault=str(one)) for one in error.faults)
        return Receipt(Verdict.CHANGED, reasons, digest=found, pages=len(file.pages))
    reasons = (*_faults_of_form(content == write_packet(packet)), *_faults_of_pages(read_pages(file), found))
    verdict = Verdict.CHANGED if reasons else Verdict.WHOLE
    return Receipt(verdict, reasons, packet.case.code, packet.view, found, len(file.pages))


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
