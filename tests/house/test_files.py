"""Files and functions stay small, and each module says what it is for."""

from __future__ import annotations

import ast
from pathlib import Path

from review.config import ROOT

MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 40
SOURCES = sorted(path for folder in ("review", "bench") for path in (ROOT / folder).rglob("*.py"))


def short(path: Path) -> str:
    """Return a path as it stands in the repository."""
    return str(path.relative_to(ROOT))


def test_files_are_short() -> None:
    """When a file grows beyond 300 lines, it has two jobs."""
    lengths = {short(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_functions_are_short() -> None:
    """When a function's body grows beyond 40 lines, it has two jobs; signature and docstring are not counted."""
    lengths = {
        f"{short(path)}:{node.name}": lines_of(node)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES_OF_A_FUNCTION} == {}


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the number of lines of a function's body."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1 if body else 0


def test_every_module_says_what_it_is_for() -> None:
    """A module docstring names its single job."""
    assert [short(path) for path in SOURCES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))] == []


def test_the_annotations_of_columns_are_read_with_their_module() -> None:
    """SQLAlchemy would compile each of them anew at every start of every process."""
    tables = [path for path in SOURCES if "Mapped[" in path.read_text(encoding="utf-8")]
    put_off = "from __future__ import annotations"
    assert [short(path) for path in tables if put_off in path.read_text(encoding="utf-8")] == []


def test_a_value_is_written_without_slots() -> None:
    """With them each class of values would be made twice at a start, and the first one kept."""
    doubled = "@dataclass(frozen=True, slots=True)"
    found = {short(path) for path in SOURCES if doubled in path.read_text(encoding="utf-8").splitlines()}
    assert {path for path in found if path.startswith("review/")} == set()
