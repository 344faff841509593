"""Reads a ladder from its YAML and writes it back, losing nothing but comments."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from review.domain.errors import Fault
from review.domain.ladder import Ladder
from review.domain.ladder_build import build_ladder
from review.domain.ladder_faults import explain_errors
from review.domain.ladder_names import find_name_faults
from review.domain.ladder_order import find_order_faults
from review.domain.ladder_schema import LadderSpec
from review.domain.ladder_walk import LadderText
from review.domain.text import text
from review.domain.yaml_text import Document, read_yaml
from review.domain.yaml_writer import write_yaml


def parse_ladder(source: str, *, file: str) -> Ladder | tuple[Fault, ...]:
    """Read a ladder; return every fault at once, in the order of the text, if there is any.

    `file`: the name that faults carry.
    """
    document = read_yaml(source, file)
    if not isinstance(document, Document):
        return document
    if not isinstance(document.data, dict):
        return (document.fault((), text("this is not a ladder"), text("a map that begins with format: ladder/1")),)
    spec, faults = _check(document)
    if spec is None or faults:
        return faults
    return build_ladder(spec)


def dump_ladder(ladder: Ladder) -> str:
    """Write a ladder as YAML that `parse_ladder` reads back to an equal one; keys under x: are kept."""
    return write_yaml(ladder_data(ladder))


def ladder_data(ladder: Ladder) -> dict[str, Any]:
    """Return the content of a ladder as plain data, in the order of the format."""
    return ladder.spec.model_dump(exclude_unset=True, by_alias=True)


def digest_source(source: str) -> str:
    """Return the SHA-256 of a ladder's text, in hex."""
    return hashlib.sha256(source.encode()).hexdigest()


def _check(document: Document) -> tuple[LadderSpec | None, tuple[Fault, ...]]:
    ladder = LadderText(document)
    faults = [*find_name_faults(ladder), *find_order_faults(ladder)]
    try:
        return LadderSpec.model_validate(document.data), _in_order(faults)
    except ValidationError as error:
        return None, _in_order([*explain_errors(error, document), *faults])


def _in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(dict.fromkeys(faults), key=lambda fault: (fault.line or 0, fault.column or 0)))
