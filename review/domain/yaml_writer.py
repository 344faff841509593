"""Writes plain data as YAML 1.2 that `yaml_text` reads back to the same data."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from review.domain.yaml_text import tell_meaning

# Words that need no quotes: begin with a letter or digit, no colon, hash or quote, nothing YAML gives a meaning.
_PLAIN = re.compile(r"[^\W_](?:[^\s:#`{}\[\]\\]|(?<=\S) (?=\S))*")
# A line that may stand in a block: no space at either end.
_BLOCK_LINE = re.compile(r"(?:\S(?:.*\S)?)?")
_SPECIAL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_OLD_WORDS = frozenset({"y", "n", "yes", "no", "on", "off"})
"""Truth values in YAML 1.1, which many other programs still read; quoted for their sake."""
_CONSTANTS = {None: "null", True: "true", False: "false"}


def write_yaml(data: Mapping[str, Any]) -> str:
    """Return YAML for maps, lists, text, numbers, truth values and None; long text stands on lines of its own."""
    return "".join(f"{line}\n" for line in _map_lines(data)) if data else "{}\n"


def _map_lines(data: Mapping[str, Any]) -> Iterator[str]:
    for key, value in data.items():
        yield from _hang(f"{_word(key)}:", value)


def _list_lines(items: list[Any] | tuple[Any, ...]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Mapping) and item:
            lines = _map_lines(item)
            yield f"- {next(lines)}"
            yield from (f"  {line}" if line else line for line in lines)
        else:
            yield from _hang("-", item)


def _hang(head: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield head
        yield from (f"  {line}" if line else line for line in _map_lines(value))
    elif isinstance(value, list | tuple) and value:
        yield head
        yield from (f"  {line}" if line else line for line in _list_lines(value))
    elif isinstance(value, str) and _is_block(value):
        yield f"{head} |" if value.endswith("\n") else f"{head} |-"
        yield from (f"  {line}" if line else line for line in value.removesuffix("\n").split("\n"))
    else:
        yield f"{head} {_scalar(value)}"


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return _CONSTANTS[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Mapping | list | tuple):
        return "{}" if isinstance(value, Mapping) else "[]"
    return _word(str(value))


def _float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    return repr(value)


def _word(value: str) -> str:
    is_plain = _PLAIN.fullmatch(value) and not _SPECIAL.search(value) and value.lower() not in _OLD_WORDS
    if is_plain and tell_meaning(value) == value:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return _SPECIAL.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _is_block(value: str) -> bool:
    lines = value.removesuffix("\n").split("\n")
    if (len(lines) == 1 and not value.endswith("\n")) or _SPECIAL.search(value):
        return False
    return bool(lines[0] and lines[-1]) and all(_BLOCK_LINE.fullmatch(line) for line in lines)
