"""Every link, bookmark and page label of a book, followed and compared with the prints that it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import pikepdf

Goal = tuple[int, float, float]
NEAR = 0.02
"""How far apart two places on a page may be, in points, and be the same."""


def follow_book(path: Path, listed: list[dict[str, Any]]) -> dict[str, int]:
    """Follow what leads anywhere in a book; return how much there is of it, and how much leads astray.

    Args:
        listed: the packets in order, each with `pages` and the `path` of its print beside the book.
    """
    with pikepdf.open(path) as book:
        front = len(book.pages) - sum(each["pages"] for each in listed)
        starts = [*accumulate((each["pages"] for each in listed), initial=front)]
        numbers = {page.objgen: number for number, page in enumerate(book.pages)}
        links = [_links(page, numbers) for page in book.pages]
        contents = [goal[0] for page in links[:front] for goal in page if goal]
        expected = [start for start in starts[:-1] for _ in range(2)]
        checked, wrong = len(contents), _differ(contents, expected)
        for each, start in zip(listed, starts, strict=False):
            own = [goal for page in _own_links(path.with_name(each["path"])) for goal in page]
            here = [goal for page in links[start : start + each["pages"]] for goal in page]
            checked += len(own)
            wrong += abs(len(own) - len(here)) + sum(
                not _is_same(old, new, start) for old, new in zip(own, here, strict=False)
            )
        marks = [goal[0] for goal in _bookmarks(book, numbers)]
        labels = list(_labels(book))
        tree = book.Root.get("/StructTreeRoot")
        return {
            "links_checked": checked + len(marks),
            "links_wrong": wrong + _differ([mark for mark in marks if mark >= front], starts[:-1]),
            "labels_checked": len(labels),
            "labels_wrong": _differ(labels[front:], list(_expected_labels(listed))),
            "tagged_packets": 0 if tree is None else sum(kid.get("/S") == "/Part" for kid in tree.K[0].K),
        }


def _differ(have: Sequence[object], expected: Sequence[object]) -> int:
    return abs(len(have) - len(expected)) + sum(one != two for one, two in zip(have, expected, strict=False))


def _is_same(old: Goal | None, new: Goal | None, start: int) -> bool:
    if old is None or new is None:
        return old is new
    return new[0] == old[0] + start and abs(new[1] - old[1]) < NEAR and abs(new[2] - old[2]) < NEAR


def _goal(target: Any, numbers: dict[Any, int]) -> Goal:
    return numbers.get(target[0].objgen, -1), float(target[2]), float(target[3])


def _links(page: pikepdf.Page, numbers: dict[Any, int]) -> list[Goal | None]:
    """Return where the links of a page lead; None out of the file."""
    held: Any = page.obj.get("/Annots", [])
    return [_goal(link.Dest, numbers) if "/Dest" in link else None for link in held]


def _own_links(path: Path) -> list[list[Goal | None]]:
    """Return where the links of a print lead, page by page."""
    with pikepdf.open(path) as print_file:
        numbers = {page.objgen: number for number, page in enumerate(print_file.pages)}
        pairs: Any = list(print_file.Root.Names.Dests.Names)
        names = {str(name): _goal(goal, numbers) for name, goal in zip(pairs[::2], pairs[1::2], strict=True)}
        return [
            [names[str(link.Dest)] if "/Dest" in link else None for link in page.obj.get("/Annots", [])]
            for page in print_file.pages
        ]


def _bookmarks(book: pikepdf.Pdf, numbers: dict[Any, int]) -> Iterator[Goal]:
    """Return where the bookmarks of the first row lead."""
    item: Any = book.Root.Outlines.First
    while item is not None:
        yield _goal(item.Dest, numbers)
        item = item.get("/Next")


def _labels(book: pikepdf.Pdf) -> Iterator[str]:
    pairs: Any = list(book.Root.PageLabels.Nums)
    ends = [*map(int, pairs[2::2]), len(book.pages)]
    for start, about, end in zip(pairs[::2], pairs[1::2], ends, strict=True):
        for number in range(end - int(start)):
            yield f"{about.get('/P', '')}{int(about.get('/St', 1)) + number}"


def _expected_labels(listed: list[dict[str, Any]]) -> Iterator[str]:
    for number, each in enumerate(listed, 1):
        yield from (f"{number:03}-{page}" for page in range(1, each["pages"] + 1))
