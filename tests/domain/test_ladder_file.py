"""Ladders go out as they came in: real ones where they are at hand, own ones of every shape, and random ones."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.domain.ladder import CellKind, Ladder, MoveKind
from review.domain.ladder_csv import dump_csv, parse_csv
from review.domain.ladder_diff import diff_ladders
from review.domain.ladder_file import digest_source, dump_ladder, ladder_data, parse_ladder
from review.domain.ladder_lint import lint_ladder
from review.domain.yaml_text import Document, read_yaml
from review.domain.yaml_writer import write_yaml

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "workflows" / "ladders" / "product-management.yaml"
ENGINEERS = ROOT / "workflows" / "ladders" / "software-engineering.yaml"
SHAPES = sorted((Path(__file__).parent / "ladders").glob("*.yaml"))
REAL = sorted((ROOT.parent / "shared" / "data" / "ladders").glob("*.yaml"))
"""Other companies' ladders, where this checkout stands beside them; the own shapes hold everything they do."""
ALL = [SHIPPED, ENGINEERS, *SHAPES, *REAL]


@cache
def load(path: Path) -> Ladder:
    ladder = parse_ladder(path.read_text(encoding="utf-8"), file=path.name)
    assert isinstance(ladder, Ladder), ladder
    return ladder


def test_the_shapes_are_here() -> None:
    assert [path.stem for path in SHAPES] == ["branches", "company", "family", "gaps", "items", "points"]


@pytest.mark.parametrize("path", ALL, ids=[path.stem for path in ALL])
def test_import_export_import_is_the_identity(path: Path) -> None:
    ladder = load(path)
    written = dump_ladder(ladder)
    again = parse_ladder(written, file="again.yaml")
    assert isinstance(again, Ladder)
    assert again == ladder
    assert dump_ladder(again) == written
    assert diff_ladders(ladder, again) == ()


@pytest.mark.parametrize("path", ALL, ids=[path.stem for path in ALL])
def test_nothing_is_lost(path: Path) -> None:
    document = read_yaml(path.read_text(encoding="utf-8"), path.name)
    assert isinstance(document, Document)
    written = read_yaml(dump_ladder(load(path)), "written.yaml")
    assert isinstance(written, Document)
    assert written.data == with_blank_cells(document.data)


def with_blank_cells(value: Any, *, are_cells: bool = False) -> Any:
    """Return the data of a file with cells that hold nothing written out as blank, as the format says they are read."""
    if isinstance(value, dict):
        return {
            key: {"blank": True} if are_cells and part in (None, "") else with_blank_cells(part, are_cells=key == "at")
            for key, part in value.items()
        }
    return [with_blank_cells(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("path", ALL, ids=[path.stem for path in ALL])
def test_what_a_table_can_hold_comes_back(path: Path) -> None:
    ladder = load(path)
    if not ladder.levels:
        return
    once = parse_csv(dump_csv(ladder).content, file="a.csv", ladder_id="a", name="A", version="1")
    assert isinstance(once, Ladder), once
    twice = parse_csv(dump_csv(once).content, file="b.csv", ladder_id="a", name="A", version="1")
    assert twice == once
    assert [(c.id, c.name, c.category_name) for c in once.criteria] == [
        (c.id, c.name, c.category_name) for c in ladder.criteria
    ]
    assert [(level.id, level.name) for level in once.levels] == [(level.id, level.name) for level in ladder.levels]
    kinds = [once.expectation(c.id, level.id).kind for c in ladder.criteria for level in ladder.levels]
    wanted = [ladder.expectation(c.id, level.id) for c in ladder.criteria for level in ladder.levels]
    assert kinds == [cell.kind if has_words(cell) else CellKind.ABSENT for cell in wanted]


def has_words(cell: Any) -> bool:
    return bool(cell.kind is not CellKind.FILLED or cell.summary or cell.signals)


STEPS = (
    ("IC1", "ic", 1),
    ("IC2", "ic", 2),
    ("IC3", "ic", 3),
    ("IC4", "ic", 4),
    ("M4", "people", 4),
    ("IC5", "ic", 5),
    ("M5", "people", 5),
    ("IC6", "ic", 6),
    ("M6", "people", 6),
    ("M7", "people", 7),
)
"""Code, track and grade of each level of a shipped ladder; they are the same, so that two disciplines compare."""
PRODUCT = "pm-1 pm-2 senior-pm staff-pm group-pm principal-pm director-pm distinguished-pm vp-product cpo"
ENGINEERING = (
    "engineer-1 engineer-2 senior-engineer staff-engineer engineering-manager principal-engineer director-engineering "
    "distinguished-engineer vp-engineering cto"
)


@pytest.mark.parametrize(
    ("path", "levels"), [(SHIPPED, PRODUCT), (ENGINEERS, ENGINEERING)], ids=["product", "software"]
)
def test_a_shipped_ladder_is_whole(path: Path, levels: str) -> None:
    ladder = load(path)
    assert (ladder.id, ladder.version) == (path.stem, "2026.1")
    assert [level.id for level in ladder.levels] == levels.split()
    assert tuple((level.code, *level.tracks, level.grade) for level in ladder.levels) == STEPS
    assert [c.id for c in ladder.criteria] == ["hard-skills", "cross-functionality", "leadership", "accountability"]
    cells = [ladder.expectation(c.id, level.id) for c in ladder.criteria for level in ladder.levels]
    assert len(cells) == 40
    assert {cell.kind for cell in cells} == {CellKind.FILLED}
    assert min(len(cell.summary) for cell in cells) > 80
    assert {len(cell.signals) for cell in cells} <= {2, 3, 4}
    assert min(len(cell.measures) for cell in cells) >= 1
    assert all(measure.unit for cell in cells for measure in cell.measures)
    assert len(set(_sentences(ladder))) == len(_sentences(ladder))
    assert lint_ladder(ladder, path.read_text(encoding="utf-8"), file="f") == ()


def test_two_shipped_ladders_share_no_sentence() -> None:
    assert set(_sentences(load(SHIPPED))) & set(_sentences(load(ENGINEERS))) == set()


def _sentences(ladder: Ladder) -> list[str]:
    cells = [ladder.expectation(c.id, level.id) for c in ladder.criteria for level in ladder.levels]
    return [signal.text for cell in cells for signal in cell.signals] + [cell.summary for cell in cells]


def test_engineers_move_as_product_managers_do() -> None:
    places = {theirs: ours for ours, theirs in zip(PRODUCT.split(), ENGINEERING.split(), strict=True)}
    moves = {(move.from_level, move.to_level, move.kind) for move in load(SHIPPED).moves}
    assert {
        (places.get(move.from_level or ""), places[move.to_level], move.kind) for move in load(ENGINEERS).moves
    } == moves


def test_the_shipped_moves() -> None:
    ladder = load(SHIPPED)
    moves = {(move.from_level, move.to_level): move.kind for move in ladder.moves}
    assert moves[(None, "pm-1")] is MoveKind.ENTRY
    assert moves[("staff-pm", "group-pm")] is MoveKind.TRACK_CHANGE
    assert moves[("senior-pm", "group-pm")] is MoveKind.PROMOTION
    assert {move for move, kind in moves.items() if kind is MoveKind.TRACK_CHANGE} == {
        (one, other)
        for pair in (("staff-pm", "group-pm"), ("principal-pm", "director-pm"), ("distinguished-pm", "vp-product"))
        for one, other in (pair, pair[::-1])
    }
    assert [level.id for level in ladder.entry_levels()] == ["pm-1"]
    assert {level.id: tuple(t.id for t in ladder.next_levels(level.id)) for level in ladder.levels} == {
        "pm-1": ("pm-2",),
        "pm-2": ("senior-pm",),
        "senior-pm": ("staff-pm", "group-pm"),
        "staff-pm": ("principal-pm",),
        "group-pm": ("director-pm",),
        "principal-pm": ("distinguished-pm",),
        "director-pm": ("vp-product",),
        "distinguished-pm": (),
        "vp-product": ("cpo",),
        "cpo": (),
    }


def test_the_digest_is_that_of_the_text() -> None:
    assert digest_source("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_unknown_keys_under_x_are_kept_everywhere() -> None:
    data = ladder_data(load(SHAPES[3]))
    assert data["x"] == {"tide": {"table": [1, 2.5, True, None, "no"]}}
    assert data["levels"][1]["x"] == {"heading": "Pilot II"}


IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,6}", fullmatch=True)
WORDS = st.text(alphabet="aB é-=+@'\"#:\n|1.0", min_size=1, max_size=10).filter(str.strip)
SIGNALS = st.lists(
    WORDS
    | st.fixed_dictionaries(
        {"text": WORDS}, optional={"examples": st.lists(WORDS, max_size=2), "x": st.just({"a": 1})}
    ),
    max_size=3,
)
MEASURES = st.lists(
    st.fixed_dictionaries(
        {
            "id": IDS,
            "name": WORDS,
            "op": st.sampled_from(["<", "<=", "=", ">=", ">"]),
            "value": st.integers() | st.floats(-1e9, 1e9),
        },
        optional={"unit": WORDS},
    ),
    max_size=2,
    unique_by=lambda measure: measure["id"],
)
CELLS = st.one_of(
    WORDS,
    st.sampled_from([{"blank": True}, {"not_defined": True}]),
    st.fixed_dictionaries(
        {}, optional={"summary": WORDS, "signals": SIGNALS, "measures": MEASURES, "weight": st.integers(0, 9)}
    ),
)


@st.composite
def ladders(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the content of a valid ladder file."""
    tracks = draw(st.lists(IDS, unique=True, max_size=2))
    grades = draw(st.booleans())
    levels = []
    for number, level_id in enumerate(draw(st.lists(IDS, unique=True, min_size=1, max_size=4))):
        level = {"id": level_id, "name": draw(WORDS)} | ({"grade": number // 2} if grades else {})
        track = draw(st.sampled_from([None, *tracks]))
        levels.append(level | ({"track": track} if track else {}))
    criteria = [
        {
            "id": criterion_id,
            "name": draw(WORDS),
            "at": draw(st.dictionaries(st.sampled_from([level["id"] for level in levels]), CELLS, max_size=3)),
        }
        for criterion_id in draw(st.lists(IDS, unique=True, min_size=1, max_size=3))
    ]
    data: dict[str, Any] = {"format": "ladder/1", "id": draw(IDS), "name": draw(WORDS), "version": draw(WORDS)}
    data["tracks"] = [{"id": track, "name": draw(WORDS), "people_manager": draw(st.booleans())} for track in tracks]
    data["levels"] = levels
    if draw(st.booleans()):
        return data | {"criteria": criteria}
    return data | {"categories": [{"id": "g", "name": draw(WORDS), "criteria": criteria}]}


@settings(max_examples=100)
@given(ladders())
def test_any_ladder_goes_out_as_it_came_in(data: dict[str, Any]) -> None:
    ladder = parse_ladder(write_yaml(data), file="f")
    if isinstance(ladder, tuple):  # ids made for signals may meet ids that were given
        assert {fault.what.message for fault in ladder} == {'the %(kind)s id "%(id)s" stands here a second time'}
        return
    assert parse_ladder(dump_ladder(ladder), file="f") == ladder
    assert ladder_data(ladder).keys() == data.keys()
    once = parse_csv(dump_csv(ladder).content, file="f", ladder_id="a", name="A", version="1")
    if isinstance(once, Ladder):
        assert parse_csv(dump_csv(once).content, file="f", ladder_id="a", name="A", version="1") == once


@settings(max_examples=50)
@given(ladders())
def test_only_filled_cells_are_rated(data: dict[str, Any]) -> None:
    ladder = parse_ladder(write_yaml(data), file="f")
    if isinstance(ladder, Ladder):
        for level in ladder.levels:
            rated = {criterion.id for criterion in ladder.rated_criteria(level.id)}
            filled = {c.id for c in ladder.criteria if ladder.expectation(c.id, level.id).kind is CellKind.FILLED}
            assert rated == filled
