"""Modules that were kept are loaded from their one file; where it does not hold any more, as Python loads them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.programs import run_program

KEEP = """
import sys
from pathlib import Path
import bag.apple, pear
from review.kept_modules import keep_modules

keep_modules(Path(sys.argv[1]))
"""
LOAD = """
import sys
from pathlib import Path
from review.kept_modules import kept_modules

before = list(sys.meta_path)
with kept_modules(Path(sys.argv[1])):
    import bag.apple, pear
assert sys.meta_path == before
for module in (bag, bag.apple, pear):
    print(type(module.__loader__).__name__, Path(module.__file__).name, module.TASTE)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a package and a module, as another process has kept them."""
    folder = tmp_path / "code"
    (folder / "bag").mkdir(parents=True)
    (folder / "bag" / "__init__.py").write_text("TASTE = 'of nothing'\n")
    (folder / "bag" / "apple.py").write_text("TASTE = 'sweet'\n")
    (folder / "pear.py").write_text("TASTE = 'sour'\n")
    run_program(KEEP, str(tmp_path / "kept"), env=environment(folder))
    return folder


def environment(*places: Path) -> dict[str, str]:
    """Return the environment of a program that finds modules in these places too."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))}


def load(folder: Path) -> list[str]:
    """Return for each module what has loaded it, its file, and what it holds."""
    return run_program(LOAD, str(folder.parent / "kept"), env=environment(folder)).splitlines()


def test_modules_are_loaded_from_the_file(folder: Path) -> None:
    assert load(folder) == ["_Loader __init__.py of nothing", "_Loader apple.py sweet", "_Loader pear.py sour"]


def test_a_module_that_was_changed_is_loaded_as_it_is(folder: Path) -> None:
    (folder / "bag" / "apple.py").write_text("TASTE = 'mealy!'\n")
    pear = folder / "pear.py"
    pear.write_text("TASTE = 'ripe'\n")
    os.utime(pear, (1, 1))
    told = ["_Loader __init__.py of nothing", "SourceFileLoader apple.py mealy!", "SourceFileLoader pear.py ripe"]
    assert load(folder) == told


def test_a_module_that_went_is_looked_for(folder: Path) -> None:
    (folder / "pear.py").unlink()
    (folder / "pear").mkdir()
    (folder / "pear" / "__init__.py").write_text("TASTE = 'of all'\n")
    assert load(folder)[1:] == ["_Loader apple.py sweet", "SourceFileLoader __init__.py of all"]


def test_a_python_that_looks_elsewhere_takes_nothing_from_it(folder: Path, tmp_path: Path) -> None:
    nearer = tmp_path / "nearer"
    nearer.mkdir()
    (nearer / "pear.py").write_text("TASTE = 'of home'\n")
    told = run_program(LOAD, str(tmp_path / "kept"), env=environment(nearer, folder)).splitlines()
    assert told[1:] == ["SourceFileLoader apple.py sweet", "SourceFileLoader pear.py of home"]


def test_where_nothing_was_kept_all_is_loaded_as_ever(folder: Path, tmp_path: Path) -> None:
    told = run_program(LOAD, str(tmp_path / "none"), env=environment(folder)).splitlines()
    assert told[1:] == ["SourceFileLoader apple.py sweet", "SourceFileLoader pear.py sour"]
