"""One sequence of bytes for one value: JSON in the canonical form of RFC 8785, and its digest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from hashlib import sha256

SAFE_INTEGER = 2**53 - 1
ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def canonical_json(value: object) -> bytes:
    """Write strings, whole numbers, floats, booleans, None, sequences and mappings with text keys as canonical JSON.

    Raises ValueError for what JSON cannot hold exactly (NaN, infinities, integers beyond 2^53 - 1, lone surrogates)
    and TypeError for any other type. Source: RFC 8785 (keys by UTF-16 code units, numbers as ECMAScript writes them).
    """
    parts: list[str] = []
    _write(value, parts)
    try:
        return "".join(parts).encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("a lone surrogate cannot be written") from error


def digest(content: bytes) -> str:
    """Return the SHA-256 of the bytes as 64 hexadecimal digits."""
    return sha256(content).hexdigest()


def _write(value: object, parts: list[str]) -> None:
    match value:
        case None:
            parts.append("null")
        case bool():
            parts.append("true" if value else "false")
        case str():
            parts.append(_quote(value))
        case int() | float():
            parts.append(_number(value))
        case Mapping():
            _write_object(value, parts)
        case Sequence() if not isinstance(value, (bytes, bytearray, memoryview)):
            _write_array(value, parts)
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical JSON")


def _write_array(items: Sequence[object], parts: list[str]) -> None:
    parts.append("[")
    for place, item in enumerate(items):
        if place:
            parts.append(",")
        _write(item, parts)
    parts.append("]")


def _write_object(members: Mapping[object, object], parts: list[str]) -> None:
    keys = [key for key in members if isinstance(key, str)]
    if len(keys) != len(members):
        raise TypeError("keys of an object are text")
    parts.append("{")
    for place, key in enumerate(sorted(keys, key=_utf16)):
        if place:
            parts.append(",")
        parts.append(_quote(key) + ":")
        _write(members[key], parts)
    parts.append("}")


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _quote(words: str) -> str:
    return '"' + "".join(ESCAPES.get(sign) or (sign if sign >= " " else f"\\u{ord(sign):04x}") for sign in words) + '"'


def _number(value: float) -> str:
    if isinstance(value, int):
        if abs(value) > SAFE_INTEGER:
            raise ValueError("an integer beyond 2^53 - 1 is not exact in JSON")
        return str(int(value))
    if not math.isfinite(value):
        raise ValueError("NaN and infinity are not JSON")
    return _ecmascript(value)


def _ecmascript(value: float) -> str:
    """Write a finite float as ECMAScript does (Number::toString, radix 10): the shortest digits that read back."""
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    digits = (whole + fraction).lstrip("0")
    point = len(whole.lstrip("0")) + int(exponent or 0)
    if whole.strip("0") == "":
        point = int(exponent or 0) - (len(fraction) - len(fraction.lstrip("0")))
    digits = digits.rstrip("0") or "0"
    return sign + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    power = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return (digits if count == 1 else f"{digits[0]}.{digits[1:]}") + power
