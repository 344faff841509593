"""A PDF's structure tree, read with a PDF library: what it is made of, and its words in the order of reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Name

from review.adapters.pdf_text import _decode, _table


@dataclass
class Node:
    """An element of the tree: its kind, what it says of itself, the marked content that it holds."""

    kind: str
    element: Any
    children: list[Node] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)
    annotations: list[Any] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """Give this element and all below it, in the order of reading."""
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, *kinds: str) -> list[Node]:
        """Return the elements of some kinds."""
        return [each for each in self.walk() if each.kind in kinds]


@dataclass
class TagTree:
    """The tree of a file, and the marked content of its pages: words by page and number, words of artifacts."""

    root: Node
    language: str
    words: dict[tuple[int, int], str]
    untagged: list[str]
    artifacts: list[str]

    def text(self, node: Node) -> str:
        """Return the words of an element and of all below it, in the order of reading."""
        return " ".join(" ".join(self.words.get(mark, "") for one in node.walk() for mark in one.marks).split())


def read_tags(pdf: bytes) -> TagTree:
    """Read the structure tree of a PDF, and which words belong to it."""
    with pikepdf.open(BytesIO(pdf)) as file:
        pages = {page.obj.objgen: number for number, page in enumerate(file.pages)}
        root = file.Root.StructTreeRoot
        tree = TagTree(Node("Root", root), str(file.Root.Lang), {}, [], [])
        _grow(tree.root, root, pages)
        for number, page in enumerate(file.pages):
            _read_page(tree, number, page)
        tree.root.element = None
        for node in tree.root.walk():
            node.element = _plain(node.element) if node.element is not None else {}
            node.annotations = [_plain(each) for each in node.annotations]
        return tree


def _grow(node: Node, element: Any, pages: dict[Any, int]) -> None:
    held = element.get(Name.K, [])
    for each in held if isinstance(held, pikepdf.Array) else [held]:
        if isinstance(each, int):
            node.marks.append((pages[element.Pg.objgen], int(each)))
        elif each.get(Name.Type) == Name.OBJR:
            node.annotations.append(each.Obj)
        else:
            child = Node(str(each.S)[1:], each)
            node.children.append(child)
            _grow(child, each, pages)


def _plain(element: Any) -> dict[str, Any]:
    """Take what outlives the file: strings and names, and the attributes of a table's cell."""
    taken = {key: str(element[key]) for key in ("/S", "/Alt", "/Lang", "/Contents", "/ID") if key in element}
    attributes = element.get("/A")
    if isinstance(attributes, pikepdf.Dictionary):
        taken["scope"] = str(attributes.get("/Scope", ""))
        taken["headers"] = [str(each) for each in attributes.get("/Headers", [])]
    return taken


def _read_page(tree: TagTree, number: int, page: Any) -> None:
    fonts = {name: _table(font) for name, font in page.resources.get("/Font", {}).items()}
    marks: list[Any] = []
    table: dict[bytes, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name in {"BDC", "BMC"}:
            inner = operands[1].get("/MCID") if len(operands) > 1 else None
            marks.append("artifact" if operands[0] == "/Artifact" else inner)
        elif name == "EMC":
            marks.pop()
        elif name == "Tf":
            table = fonts[str(operands[0])]
        elif name in {"Tj", "TJ"}:
            pieces = operands[0] if name == "TJ" else operands
            shown = (bytes(each) for each in pieces if isinstance(each, pikepdf.String))
            _note(tree, number, marks, "".join(_decode(each, table) for each in shown))


def _note(tree: TagTree, number: int, marks: list[Any], words: str) -> None:
    if "artifact" in marks:
        tree.artifacts.append(words)
    elif marks and marks[-1] is not None:
        key = number, int(marks[-1])
        tree.words[key] = tree.words.get(key, "") + words
    else:
        tree.untagged.append(words)
