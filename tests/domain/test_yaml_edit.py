"""Single values of a YAML text change; every other sign of it stays as it was written."""

from __future__ import annotations

import pytest

from review.domain.yaml_edit import Path, Unwritable, Value, add_item, remove_value, set_value
from review.domain.yaml_text import Document, read_yaml
from tests.domain.workflow_ways import SOURCES

TEXT = """\
# above
name:   old      # beside it
due: {days: 3,  before:  day}   # a map in a line
list:
  - one            # the first
  - {two: 2}
  # between
  - three
flow: [a, {b: 1}, c]
deep:
    wide: "quoted: it"
    empty:
    last: |
      several
      lines
    # behind
end: true
"""

CHANGES: list[tuple[Path, Value, str, str]] = [
    (("name",), "new one", "name:   old      #", "name:   new one      #"),
    (("name",), "with: colon", "name:   old      #", 'name:   "with: colon"      #'),
    (("name",), "true", "name:   old      #", 'name:   "true"      #'),
    (("name",), 3, "name:   old      #", "name:   3      #"),
    (("due", "days"), 5, "{days: 3,  before", "{days: 5,  before"),
    (("due", "after"), "x", "before:  day}", "before:  day, after: x}"),
    (("list", 1, "two"), 7, "{two: 2}", "{two: 7}"),
    (("flow",), ["a", "z"], "[a, {b: 1}, c]", "[a, z]"),
    (("deep", "empty"), {"a": 1}, "empty:\n", "empty: {a: 1}\n"),
    (("deep", "new"), False, "      lines\n", "      lines\n    new: false\n"),
    (("deep", "more", "still"), ["x"], "      lines\n", "      lines\n    more:\n      still: [x]\n"),
    (("other",), "x", "end: true\n", "end: true\nother: x\n"),
    (("deep", "last"), "short", "last: |\n      several\n      lines\n", "last: short\n"),
]
TAKEN_AWAY: list[tuple[Path, str, str]] = [
    (("name",), "name:   old      # beside it\n", ""),
    (("due", "days"), "{days: 3,  before:  day}", "{before:  day}"),
    (("due", "before"), "{days: 3,  before:  day}", "{days: 3}"),
    (("list", 0), "  - one            # the first\n", ""),
    (("flow", 1), "[a, {b: 1}, c]", "[a, c]"),
    (("flow", 0), "[a, {b: 1}, c]", "[{b: 1}, c]"),
    (("flow", 1, "b"), "{b: 1}", "{}"),
    (("deep", "wide"), '    wide: "quoted: it"\n', ""),
]


def data_of(source: str) -> object:
    document = read_yaml(source, "t.yaml")
    assert isinstance(document, Document), document
    return document.data


@pytest.mark.parametrize(("path", "value", "old", "new"), CHANGES)
def test_one_value_is_written_and_the_rest_stays(path: Path, value: Value, old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    changed = set_value(TEXT, path, value)
    assert changed == TEXT.replace(old, new)
    found: object = data_of(changed)
    for part in path:
        found = found[part]  # type: ignore[index]
    assert found == value


@pytest.mark.parametrize(("path", "old", "new"), TAKEN_AWAY)
def test_one_part_is_taken_away_and_the_rest_stays(path: Path, old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    changed = remove_value(TEXT, path)
    assert changed == TEXT.replace(old, new)
    assert data_of(changed) != data_of(TEXT)


def test_a_list_gets_one_item_more() -> None:
    assert add_item(TEXT, ("flow",), {"d": 2}) == TEXT.replace("{b: 1}, c]", "{b: 1}, c, {d: 2}]")
    assert add_item(TEXT, ("list",), "four") == TEXT.replace("  - three\n", "  - three\n  - four\n")
    assert add_item("a: []\n", ("a",), "b") == "a: [b]\n"
    assert add_item("a:\n  - b", ("a",), "c") == "a:\n  - b\n  - c"


@pytest.mark.parametrize("path", [("name", "below"), ("list", "word"), ("nothing", 0)])
def test_what_cannot_be_written_alone_is_refused(path: Path) -> None:
    with pytest.raises(Unwritable):
        set_value(TEXT, path, "x")
    with pytest.raises(Unwritable):
        remove_value(TEXT, path)


def test_comments_of_the_shipped_workflow_stay() -> None:
    source = SOURCES["ic.yaml"]
    changed = set_value(source, ("items", "feedback", "states", "writing", "timers", 1, "after", "working_days"), 4)
    old, new = (
        "after: {working_days: 2}, notify: [hr], template: escalate",
        "after: {working_days: 4}, notify: [hr], template: escalate",
    )
    line = next(line for line in source.splitlines() if "would learn who" in line)
    assert changed == source.replace(line, line.replace(old, new))
