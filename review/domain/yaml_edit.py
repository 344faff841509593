"""Changes single values of a YAML text and leaves every other sign of it as it was written, comments included.

ruamel's own round trip writes untouched brackets anew, so its nodes only say where something stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from review.domain.yaml_text import tell_meaning

Path = tuple[str | int, ...]
Value = str | int | bool | None | Sequence["Value"] | Mapping[str, "Value"]

INDENT = 2
_PLAIN = re.compile(r"[A-Za-z](?:[\w .()/'%+;-]*[\w.)%+])?")


class Unwritable(ValueError):
    """A part that is written in a way that cannot be changed alone."""


def set_value(source: str, path: Path, value: Value) -> str:
    """Return a text in which a path has another value; maps that are missing on the way are written.

    Raises Unwritable where the path leads through something that is no map.
    """
    node, key, rest = _descend(source, path)
    if not rest:
        return _replace(source, node, key, write_flow(value))
    if _is_empty(node):
        return _replace(source, node, key, write_flow(_nest(rest, value)))
    if not isinstance(node, MappingNode):
        raise Unwritable(path)
    return _insert(source, node, rest, value)


def remove_value(source: str, path: Path) -> str:
    """Return a text without what stands at a path: a key with its value, or an item of a list."""
    node, key, rest = _descend(source, path[:-1])
    if rest or not isinstance(node, MappingNode | SequenceNode):
        raise Unwritable(path)
    places = _places(node)
    index = next((place for place, each in enumerate(_names(node)) if each == path[-1]), None)
    if index is None:
        raise Unwritable(path)
    if len(places) == 1:
        return _replace(source, node, key, "{}" if isinstance(node, MappingNode) else "[]")
    if node.flow_style:
        start = places[index - 1][1] if index else places[0][0]
        end = places[index][1] if index else places[1][0]
        return source[:start] + source[end:]
    return _without_lines(source, node, places[index])


def add_item(source: str, path: Path, value: Value) -> str:
    """Return a text in which a list has one item more, at its end."""
    node, key, rest = _descend(source, path)
    if rest or not isinstance(node, SequenceNode):
        raise Unwritable(path)
    if not node.value:
        return _replace(source, node, key, write_flow([value]))
    end = _places(node)[-1][1]
    if node.flow_style:
        return f"{source[:end]}, {write_flow(value)}{source[end:]}"
    end = _line_end(source, end)
    return f"{source[:end]}\n{' ' * node.start_mark.column}- {write_flow(value)}{source[end:]}"


def write_flow(value: Value) -> str:
    """Return a value in one line of YAML."""
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, str):
        return (
            value if _PLAIN.fullmatch(value) and tell_meaning(value) == value else json.dumps(value, ensure_ascii=False)
        )
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{write_flow(key)}: {write_flow(each)}" for key, each in value.items()) + "}"
    return "[" + ", ".join(map(write_flow, value)) + "]"


def _descend(source: str, path: Path) -> tuple[Node, Node | None, Path]:
    """Return the deepest node on a path, its key, and the rest of the path."""
    node: Node | None = YAML(typ="safe", pure=True).compose(source)
    key: Node | None = None
    if node is None:
        raise Unwritable(path)
    for place, part in enumerate(path):
        found = _child(node, part)
        if found is None:
            return node, key, path[place:]
        key, node = found
    return node, key, ()


def _child(node: Node, part: str | int) -> tuple[Node | None, Node] | None:
    if isinstance(node, MappingNode):
        return next(((key, value) for key, value in node.value if key.value == part), None)
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        return None, node.value[part]
    return None


def _names(node: Node) -> list[str | int]:
    return [key.value for key, _ in node.value] if isinstance(node, MappingNode) else list(range(len(node.value)))


def _places(node: Node) -> list[tuple[int, int]]:
    """Return from where to where each entry of a map or list stands, by signs of the text."""
    if isinstance(node, MappingNode):
        return [(key.start_mark.index, _end(value, key)) for key, value in node.value]
    return [(item.start_mark.index, _end(item)) for item in node.value]


def _end(node: Node, key: Node | None = None) -> int:
    """Return where a node ends; its mark lies behind comments where it is written in lines, or not written at all."""
    if key is not None and _is_left_out(node):
        return int(key.end_mark.index) + 1  # behind the colon
    is_lines = isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value
    end: int = _places(node)[-1][1] if is_lines else node.end_mark.index
    return end


def _is_empty(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.style is None and tell_meaning(node.value) is None


def _is_left_out(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.style is None and node.value == ""


def _replace(source: str, node: Node, key: Node | None, written: str) -> str:
    """Return the text with something else in the place of a node; what was written in lines goes behind its key."""
    start, end = node.start_mark.index, _end(node, key)
    is_lines = isinstance(node, MappingNode | SequenceNode) and not node.flow_style
    if key is not None and (is_lines or _is_left_out(node)):
        start = source.index(":", key.end_mark.index) + 1
        end = start if _is_left_out(node) else end
        written = f" {written}"
    tail = "\n" if source[start:end].endswith("\n") else ""
    return source[:start] + written + tail + source[end:]


def _insert(source: str, node: MappingNode, rest: Path, value: Value) -> str:
    if any(isinstance(part, int) for part in rest):
        raise Unwritable(rest)
    if node.flow_style:
        written = write_flow(_nest(rest, value))[1:-1]
        if not node.value:
            return source[: node.start_mark.index] + "{" + written + "}" + source[node.end_mark.index :]
        end = _places(node)[-1][1]
        return f"{source[:end]}, {written}{source[end:]}"
    column, lines = node.start_mark.column, ""
    for depth, part in enumerate(rest):
        tail = f" {write_flow(value)}" if depth == len(rest) - 1 else ""
        lines += f"\n{' ' * (column + depth * INDENT)}{write_flow(str(part))}:{tail}"
    end = _line_end(source, _end(node))
    return source[:end] + lines + source[end:]


def _nest(rest: Path, value: Value) -> Value:
    for part in reversed(rest):
        value = {str(part): value}
    return value


def _without_lines(source: str, node: Node, place: tuple[int, int]) -> str:
    start = source.rfind("\n", 0, place[0]) + 1
    before = source[start : place[0]].strip()
    if before != ("-" if isinstance(node, SequenceNode) else ""):
        raise Unwritable(source[start : place[1]])
    return source[:start] + source[_line_end(source, place[1]) + 1 :]


def _line_end(source: str, index: int) -> int:
    """Return where the line of a sign ends; of what ends with its line, that very end."""
    if index and source[index - 1 : index] == "\n":
        return index - 1
    end = source.find("\n", index)
    return len(source) if end < 0 else end
