"""A family's ladder over the company's."""

from __future__ import annotations

from pathlib import Path

import pytest

from review.domain.ladder import CellKind, Ladder
from review.domain.ladder_file import dump_ladder, parse_ladder
from review.domain.ladder_overlay import merge_overlay

SHAPES = Path(__file__).parent / "ladders"
COMPANY = (SHAPES / "company.yaml").read_text(encoding="utf-8")
FAMILY = (SHAPES / "family.yaml").read_text(encoding="utf-8")


def read(source: str) -> Ladder:
    ladder = parse_ladder(source, file="f")
    assert isinstance(ladder, Ladder), ladder
    return ladder


def merge(family: str, company: str = COMPANY) -> Ladder:
    merged = merge_overlay(read(company), read(family))
    assert isinstance(merged, Ladder), merged
    return merged


def summaries(ladder: Ladder) -> dict[str, list[str]]:
    return {c.id: [ladder.expectation(c.id, level.id).summary for level in ladder.levels] for c in ladder.criteria}


def test_a_familys_words_follow_the_companys() -> None:
    merged = merge(FAMILY)
    assert (merged.id, merged.name, merged.version, merged.extends) == ("family", "Design", "1", None)
    assert summaries(merged) == {
        "care": ["Listens.", "Acts.\n\nDraws."],
        "pace": ["Keeps up.", "Sketches fast."],
        "eye": ["Sees.", "Sees."],
    }
    assert [signal.id for signal in merged.expectation("care", "two").signals] == ["care.two.1", "draws"]
    assert [signal.text for signal in merged.expectation("eye", "two").signals] == ["Shows."]
    assert (merged.criterion("care").name, merged.criterion("care").description) == ("Care", "For others.")
    assert [level.id for level in merged.levels] == ["one", "two"]
    assert [move.to_level for move in merged.moves_from("one")] == ["two"]
    assert merged.spec.x == {"extended": {"ladder": "company", "version": "3"}}
    assert read(dump_ladder(merged)) == merged


def test_a_familys_words_may_replace_the_companys() -> None:
    merged = merge(FAMILY.replace('version: "3"}', 'version: "3", merge: replace}'))
    assert summaries(merged)["care"] == ["Listens.", "Draws."]
    assert [signal.id for signal in merged.expectation("care", "two").signals] == ["draws"]


def test_only_matching_criteria_may_be_taken() -> None:
    family = FAMILY.replace('version: "3"}', 'version: "3", criteria: matching}')
    without_pace = family.replace("  - {id: pace, at: {two: Sketches fast.}}\n", "")
    assert list(summaries(merge(without_pace))) == ["care", "eye"]
    assert list(summaries(merge(without_pace.replace("criteria: matching", "criteria: all")))) == [
        "care",
        "pace",
        "eye",
    ]


def test_an_empty_cell_gives_way() -> None:
    family = FAMILY.replace("two: Sketches fast.", "one: {blank: true}")
    merged = merge(family)
    assert summaries(merged)["pace"] == ["Keeps up.", ""]
    assert merged.expectation("pace", "two").kind is CellKind.NOT_DEFINED


def test_categories_of_both_are_kept() -> None:
    company = COMPANY.replace(
        "criteria:\n  - {id: care", "categories:\n - id: core\n   name: Core\n   criteria:\n  - {id: care"
    )
    company = company.replace("\n  - {id: ", "\n    - {id: ").replace(
        "levels:\n    - {id: one", "levels:\n    - {id: one"
    )
    company = company.replace("tracks:\n    -", "tracks:\n    -")
    merged = merge(FAMILY, company)
    assert [(c.id, c.category_id, c.category_name) for c in merged.criteria] == [
        ("care", "core", "Core"),
        ("pace", "core", "Core"),
        ("eye", "family", "Design"),
    ]


def test_a_ladder_that_extends_nothing_is_itself() -> None:
    company = read(COMPANY)
    assert merge_overlay(company, company) is company


def test_only_the_version_that_is_named_is_taken() -> None:
    found = merge_overlay(read(COMPANY.replace('"3"', '"4"')), read(FAMILY))
    assert [str(fault) for fault in found] == [  # type: ignore[union-attr]
        "family: company 4 is not the ladder that this one extends (expected: company 3)"
    ]


@pytest.mark.parametrize("word", ["level", "criterion"])
def test_faults_of_the_merged_ladder_are_told(word: str) -> None:
    broken = {
        "level": FAMILY.replace("{two: Sketches fast.}", "{four: Sketches fast.}"),
        "criterion": FAMILY.replace("{id: eye, name: Eye", "{id: eye"),
    }[word]
    found = merge_overlay(read(COMPANY), read(broken))
    told = {
        "level": 'at names "four", which does not exist (expected: one of: one, two)',
        "criterion": "the criterion has no name (expected: a name)",
    }[word]
    assert isinstance(found, tuple)
    assert [f"{fault.what} (expected: {fault.expected})" for fault in found] == [told]
    assert {fault.file for fault in found} == {"family over company"}


def test_an_overlay_alone_reads_what_it_has() -> None:
    own = read(FAMILY)
    assert own.extends is not None
    assert (own.extends.ladder, own.extends.version, own.levels) == ("company", "3", ())
