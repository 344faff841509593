"""The tests that take longest begin first, in whatever order the others come."""

from __future__ import annotations

from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

from tests.order import LONG, LONGEST, name_file, put_long_first

TESTS = Path(__file__).parent


def test_the_longest_files_come_first_then_the_long_ones() -> None:
    paths = [
        TESTS / "domain" / "test_ladder.py",
        *(TESTS / name for name in LONGEST),
        TESTS / "packet" / "test_tags.py",
    ]
    Random(7).shuffle(paths)
    items: list[Any] = [SimpleNamespace(path=path) for path in paths for _ in range(2)]
    put_long_first(items)
    found = [name_file(item.path) for item in items]
    assert set(found[:-4]) == LONGEST
    assert found[-4:] == ["packet/test_tags.py"] * 2 + ["domain/test_ladder.py"] * 2


def test_what_is_named_is_there() -> None:
    assert sorted(name for name in LONGEST if not (TESTS / name).is_file()) == []
    assert sorted(name for name in LONG if not (TESTS / name).is_dir()) == []
