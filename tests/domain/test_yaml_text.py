"""Reading YAML strictly: what words mean, where nodes stand, and every fault with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.domain.yaml_text import Document, read_yaml
from review.domain.yaml_writer import write_yaml

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"


def read(source: str) -> Document:
    document = read_yaml(source, "f")
    assert isinstance(document, Document), document
    return document


def faults(source: str) -> list[str]:
    found = read_yaml(source, "f")
    assert isinstance(found, tuple), found
    return [str(fault) for fault in found]


def test_words_mean_what_yaml_1_2_says() -> None:
    source = "[1, 0o17, 0x1F, 1e3, .5, -.inf, +12, 1_000, 0b1, on, yes, 2026-11-21, 1:30, ~, '', true, 2026.10]"
    assert read(source).data == [
        1,
        15,
        31,
        1000.0,
        0.5,
        float("-inf"),
        12,
        "1_000",
        "0b1",
        "on",
        "yes",
        "2026-11-21",
        "1:30",
        None,
        "",
        True,
        2026.1,
    ]


def test_every_node_has_a_place() -> None:
    document = read("a: 1\nb:\n  - x\n  - {c: 2026.10, d:   'y'}\ne:\nf: |\n  long\n")
    assert document.place(()) == (1, 1)
    assert document.place(("a",)) == (1, 4)
    assert document.place(("b", 0)) == (3, 5)
    assert document.place(("b", 1, "c")) == (4, 9)
    assert document.key_place(("b", 1, "d")) == (4, 18)
    assert document.place(("b", 1, "d")) == (4, 23)
    assert document.place(("e",)) == (5, 1)
    assert document.place(("b", 1, "absent", 7)) == (4, 5)
    assert document.written(("b", 1, "c")) == "2026.10"
    assert document.written(("b", 1, "d")) is None


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("a:\n\tb: 1\n", ["f:2:1: a tab in the indentation (expected: spaces)"]),
        (
            "a:\n\tb: 1\n  \tc: 2\n",
            [
                "f:2:1: a tab in the indentation (expected: spaces)",
                "f:3:3: a tab in the indentation (expected: spaces)",
            ],
        ),
        ("a: [1,\n\t2]\n", ["f:2:1: a tab in the indentation (expected: spaces)"]),
        (
            "a: 1\nb: {c: 1, c: 2}\na: 3\n",
            [
                'f:2:11: the key "c" stands here a second time (expected: one c; the first is on line 2)',
                'f:3:1: the key "a" stands here a second time (expected: one a; the first is on line 1)',
            ],
        ),
        (
            "a: *x\nb: &q 1\nc: !x 3\n1: x\ntrue: x\n",
            [
                "f:1:4: an alias (*x) (expected: the value written out)",
                "f:2:4: an anchor (&q) (expected: the value without an anchor)",
                "f:3:4: a tag (!x) (expected: the value without a tag)",
                'f:4:1: the key 1 is not read as text (expected: it in quotes: "1")',
                'f:5:1: the key true is not read as text (expected: it in quotes: "true")',
            ],
        ),
        ("a: 1\n---\nb: 2\n", ["f:2:1: a second document begins here (expected: one document in a file)"]),
        (
            "%YAML 1.1\n---\na: on\n",
            ["f:2:1: a directive (a line with %) (expected: plain YAML 1.2 without directives)"],
        ),
        ("? [a]\n: 1\n", ["f:1:3: a list or a map as a key (expected: a word as a key)"]),
        ("a: x\x01\n", ["f:1:5: a character that YAML does not allow (code U+0001) (expected: printable text)"]),
        ("a: b: c\n", ["f:1:5: this is not YAML: mapping values are not allowed here"]),
        ("[" * 60, ["f:1:52: this is not YAML: nested too deeply"]),
    ],
)
def test_every_fault_has_its_place(source: str, told: list[str]) -> None:
    assert faults(source) == told


def test_a_tab_inside_a_block_of_text_is_text() -> None:
    assert read("a: |\n  x\n  \ty\nb: 1\n").data == {"a": "x\n\ty\n", "b": 1}


@pytest.mark.parametrize("path", sorted(WORKFLOWS.rglob("*.yaml")), ids=lambda path: str(path.relative_to(WORKFLOWS)))
def test_what_is_shipped_says_the_same_to_the_quick_reader_and_to_the_strict_one(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    only_strictly = f"{source}\n#\tThe quick reader leaves a text with a tab in it to the strict one.\n"
    assert read(source) == read(only_strictly)


def test_a_sign_that_older_yaml_takes_for_another_is_read_strictly() -> None:
    assert read("a\ufeffb: 1\n").place(("a\ufeffb",)) == (1, 5)
    assert faults("a: |\n  x\u2028  y\n") == [
        "f:2:7: this is not YAML: expected <block end>, but found '<scalar>'; while parsing a block mapping"
    ]
    assert faults("a: [x\ty]\n") == [
        "f:1:7: this is not YAML: expected ',' or ']', but got '<scalar>'; while parsing a flow sequence"
    ]


def test_a_text_that_is_no_map_and_no_list_is_read_strictly() -> None:
    assert read(">\n#]").data == "#]"


def test_half_a_sign_is_a_fault_with_its_place() -> None:
    told = "f:1:5: a character that YAML does not allow (code U+D800) (expected: printable text)"
    assert faults("a: x\ud800\n") == [told]


def test_a_mark_at_the_beginning_is_no_text() -> None:
    assert read("\ufeffa: 1\n").data == {"a": 1}


def test_long_digits_stay_text() -> None:
    assert read(f"a: {'9' * 5000}\n").data == {"a": "9" * 5000}


def test_a_text_that_is_read_again_says_the_same_to_each_reader() -> None:
    source = "a: [1, {b: 2026.10}]\n"
    first = read(source)
    first.data["a"].append("mine alone")
    second = read(source)
    assert second.data == {"a": [1, {"b": 2026.1}]}
    assert (second.place(("a", 1, "b")), second.written(("a", 1, "b"))) == ((1, 12), "2026.10")


def test_the_faults_of_a_text_are_told_each_time() -> None:
    sources = ("a: &q 1\n", "a: &q 1\nb: c: d\n", "a: 1\n---\nb: 2\n")
    told = [[faults(source) for source in sources] for _ in range(3)]
    assert [len(found) for found in told[0]] == [1, 2, 1]
    assert told == [told[0]] * 3


def test_it_writes_what_people_like_to_read() -> None:
    data = {
        "name": "Product management",
        "version": "2026.10",
        "note": "a: b",
        "text": "One.\n\nTwo.\n",
        "list": ["yes", "no #1", {"id": "1", "op": "<=", "deep": []}, {}],
        "none": None,
        "is": True,
        "half": 0.5,
    }
    assert write_yaml(data) == (
        "name: Product management\n"
        'version: "2026.10"\n'
        'note: "a: b"\n'
        "text: |\n  One.\n\n  Two.\n"
        "list:\n"
        '  - "yes"\n'
        '  - "no #1"\n'
        '  - id: "1"\n'
        '    op: "<="\n'
        "    deep: []\n"
        "  - {}\n"
        "none: null\n"
        "is: true\n"
        "half: 0.5\n"
    )


TEXTS = st.text(max_size=12) | st.text(alphabet="ab \n:-#\"'|>é?\t.0e~&*!%@`,[]{}\\\u2028\x85", max_size=12)
LEAVES = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | TEXTS
DATA = st.dictionaries(
    TEXTS,
    st.recursive(
        LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
    ),
    max_size=4,
)


@settings(max_examples=150)
@given(DATA)
def test_what_is_written_is_read_back(data: dict[str, Any]) -> None:
    assert read(write_yaml(data)).data == data
