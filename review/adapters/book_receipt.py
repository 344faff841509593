"""What a book says of itself, whose it is and what is in it, and whether its first pages carry the digest of that."""

from __future__ import annotations

import json
import re
from typing import Any

import pikepdf

from review.adapters.pdf_text import read_page
from review.domain.canonical_json import canonical_json, digest
from review.domain.text import Text, text
from review.domain.values import dataclass

BOOK_NAME = "book.json"
SHORT = re.compile(r"sha-256([0-9a-f]{8})([0-9a-f]{8})")


@dataclass(frozen=True)
class BookReceipt:
    """The book that a file says it is, the digest of what it says, and what speaks against it."""

    name: str
    digest: str
    faults: tuple[Text, ...]


def read_book(file: pikepdf.Pdf) -> BookReceipt:
    """Read what a book says of itself and compare it with its pages; its seal says whether they were changed.

    Raises ValueError, LookupError or TypeError where what is embedded is not what a book says.
    """
    content = file.attachments[BOOK_NAME].get_file().read_bytes()
    told, found = json.loads(content), digest(content)
    number = "" if told["number"] is None else f" {told['number']}"
    name = f"{told['committee']}, book{number} for {told['reader']}"
    faults = []
    if canonical_json(told) != content:
        faults.append(text("The embedded content is not in the form in which books are written"))
    front = len(file.pages) - sum(each["pages"] for each in told["packets"])
    if front < 1:
        faults.append(text("The file has fewer pages than the packets that it says it holds"))
    elif not all(found[:16] in _short(page) for page in file.pages[:front]):
        faults.append(text("Cover or contents do not carry the digest of the embedded content"))
    return BookReceipt(name, found, tuple(faults))


def _short(page: Any) -> list[str]:
    return [first + second for first, second in SHORT.findall(read_page(page).replace(" ", ""))]
