"""Rows are locked so that others may still point at them.

A plain FOR UPDATE keeps PostgreSQL from checking a foreign key to the locked row: whoever confirms a committee's cases
and whoever takes one of them off would each wait for the other.
"""

from __future__ import annotations

import ast

import pytest

from review.config import ROOT

NAME = "with_for_update"


def find_locks(code: str) -> list[tuple[int, bool]]:
    """Return the line of every lock in the code, and whether keys to the row may still be checked."""
    found: list[tuple[int, bool]] = []
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        given = next((each.value for each in node.keywords if each.arg == NAME), None)
        if isinstance(node.func, ast.Attribute) and node.func.attr == NAME:
            found.append((node.lineno, any(each.arg == "key_share" for each in node.keywords)))
        elif given is not None:
            found.append((given.lineno, ast.unparse(given) == "{'key_share': True}"))
    return found


LOCKS = [
    (f"{path.relative_to(ROOT)}:{line}", is_shared)
    for path in sorted((ROOT / "review").rglob("*.py"))
    if NAME in (code := path.read_text())
    for line, is_shared in find_locks(code)
]


def test_locks_are_found() -> None:
    code = "a.with_for_update()\nb.get(C, 1, with_for_update=True)\na.with_for_update(key_share=True)"
    assert find_locks(code) == [(1, False), (2, False), (3, True)]


@pytest.mark.parametrize(("place", "is_shared"), LOCKS)
def test_a_lock_leaves_keys_alone(place: str, is_shared: bool) -> None:
    assert (place, is_shared) == (place, True)
