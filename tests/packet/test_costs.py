"""What hostile text and missing fonts cost a print: little more than prose, and a clear report."""

import os
import shutil
import subprocess
import sys

import pytest

from review.adapters.paper import TEMPLATES
from review.domain.packet_json import write_packet
from review.domain.packet_view import View, view_of
from review.domain.phase import Phase
from tests.packet import samples, workloads

SIGNS = 6000


def fill(piece: str) -> str:
    return (piece * (SIGNS // len(piece) + 1))[:SIGNS]


@pytest.fixture(scope="module")
def usual(pool):
    """Weigh a text of prose as long as the hostile ones."""
    return pool.run(workloads.weigh_text, fill("Nine boats went out and eight came home before the ice closed in. "))


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(fill("a\n\n"), id="paragraphs"),
        pytest.param(fill("a\n"), id="lines"),
        pytest.param(fill("- a\n"), id="items"),
        pytest.param(fill("# a\n"), id="headings"),
        pytest.param(fill("---\n\n"), id="rules"),
        pytest.param(fill("    a\n"), id="lines of code"),
        pytest.param("    x" + " " * SIGNS + "x", id="spaces in code"),
        pytest.param(fill("E1 "), id="anchors"),
        pytest.param(("*a* " * 990)[:SIGNS], id="emphasis"),
        pytest.param("a`b`" * 900, id="code without spaces"),
        pytest.param(("a" * 30 + "**a**") * 150, id="emphasis without spaces"),
        pytest.param(fill("W"), id="one word"),
        pytest.param(fill("\u6f22\u5b57"), id="Chinese"),
        pytest.param(fill("\u6f22\u5b57\u3000"), id="Chinese with its own spaces"),
        pytest.param(fill("\u0e01\u0e34\u0e19\u0e02\u0e49\u0e32\u0e27"), id="Thai"),
        pytest.param(fill("a\u00a0"), id="spaces that do not break"),
        pytest.param(fill("a&nbsp;"), id="the same by name"),
        pytest.param(fill("w\u00ad"), id="soft hyphens"),
        pytest.param(fill("w&shy;"), id="soft hyphens by name"),
        pytest.param("a" + "\u0301" * SIGNS, id="accents"),
        pytest.param("a" + "\u200d" * SIGNS, id="joiners"),
        pytest.param(fill("\ufdfd"), id="wide signs"),
    ],
)
def test_a_hostile_text_costs_hardly_more_than_prose_of_its_length(pool, usual, words):
    """Hold the work of layout (signs shaped) against that of prose; docs/packets.md has the seconds it took before."""
    assert pool.run(workloads.weigh_text, words) < 3 * usual


PRINTS = """
import sys
from pathlib import Path
from review.adapters.paper import Paper
from review.adapters.pdf import print_packet
try:
    print(print_packet(sys.stdin.buffer.read(), view="committee", paper=Paper(templates=Path(sys.argv[1]))).missing)
except FileNotFoundError as error:
    print(error)
"""


@pytest.fixture
def print_elsewhere(tmp_path):
    """Give a function that prints a small packet on a machine with no font of its own, from a folder of templates."""
    settings = tmp_path / "fonts.conf"
    settings.write_text(f"<fontconfig><cachedir>{tmp_path}</cachedir></fontconfig>", encoding="utf-8")

    def print_elsewhere(templates) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", PRINTS, str(templates)],
            input=write_packet(view_of(samples.entry(), View.COMMITTEE, Phase.REVEALED)),
            env={**os.environ, "PYTHONPATH": str(TEMPLATES.parent), "FONTCONFIG_FILE": str(settings)},
            capture_output=True,
            check=False,
        )
        return done.returncode, done.stdout.decode().strip()

    return print_elsewhere


def test_a_machine_without_fonts_prints_with_ours(print_elsewhere):
    assert print_elsewhere(TEMPLATES) == (0, "()")


def test_fonts_that_are_gone_are_named(print_elsewhere, tmp_path):
    """Nothing was said of it before, and on a machine without fonts the process ended with a segmentation fault."""
    shutil.copytree(TEMPLATES / "packet", tmp_path / "packet", ignore=shutil.ignore_patterns("*.ttf"))
    code, told = print_elsewhere(tmp_path)
    assert code == 0
    assert told.startswith("29 fonts of the packet are not there: inter-latin-400-normal.ttf, ")
