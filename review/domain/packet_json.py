"""Packets as bytes: canonical JSON out, checked values back in."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from review.domain.canonical_json import canonical_json
from review.domain.errors import Fault, Invalid
from review.domain.packet import FORMAT, PacketContent
from review.domain.text import text

Read = TypeVar("Read")


def plain(value: object) -> object:
    """Return dataclasses as mappings, tuples as lists, moments as UTC in ISO 8601; everything else as it is.

    A field that packets did not have from the beginning is left out where it is empty: what was sealed before it keeps
    its bytes, and its digest.

    Raises ValueError for a moment without a time zone: it would read differently on another machine.
    """
    if is_dataclass(value) and not isinstance(value, type):
        given = {field: getattr(value, field.name) for field in fields(value)}
        return {
            field.name: plain(each)
            for field, each in given.items()
            if not (field.metadata.get("is_later") and each == field.default)
        }
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a moment in a packet has a time zone")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value


def read_checked(shape: TypeAdapter[Read], given: bytes) -> Read:
    """Read a value back from its JSON; raises Invalid with every fault at once, each with its place."""
    try:
        return shape.validate_json(given)
    except ValidationError as error:
        raise Invalid(
            Fault(text("%(what)s", what=one["msg"]), field=".".join(str(part) for part in one["loc"]))
            for one in error.errors(include_url=False)
        ) from error


def write_packet(content: PacketContent) -> bytes:
    """Return the packet's canonical JSON: the same bytes for the same content, anywhere."""
    return canonical_json(plain(content))


def read_packet(content_json: bytes) -> PacketContent:
    """Read a packet back from its JSON; raises Invalid with every fault at once."""
    content = read_checked(_packets(), content_json)
    if content.format != FORMAT:
        raise Invalid(
            [Fault(text("a packet of format %(format)s", format=content.format), text(FORMAT), field="format")]
        )
    return content


@cache
def _packets() -> TypeAdapter[PacketContent]:
    return TypeAdapter(PacketContent)
