"""What a ladder answers: levels, moves, empty cells, references, grades."""

from __future__ import annotations

from pathlib import Path

import pytest

from review.domain.ladder import CellKind, Ladder, Level, Measure, MoveKind, Polarity, Reference
from review.domain.ladder_file import parse_ladder

SHAPES = Path(__file__).parent / "ladders"


def load(name: str) -> Ladder:
    ladder = parse_ladder((SHAPES / f"{name}.yaml").read_text(encoding="utf-8"), file=name)
    assert isinstance(ladder, Ladder), ladder
    return ladder


def read(source: str) -> Ladder:
    ladder = parse_ladder(source, file="f")
    assert isinstance(ladder, Ladder), ladder
    return ladder


@pytest.fixture(scope="module")
def gaps() -> Ladder:
    return load("gaps")


@pytest.fixture(scope="module")
def branches() -> Ladder:
    return load("branches")


def moves(ladder: Ladder) -> dict[str, list[tuple[str, str]]]:
    return {
        level.id: [(move.to_level, move.kind.value) for move in ladder.moves_from(level.id)] for level in ladder.levels
    }


def test_levels_fork_and_join(branches: Ladder) -> None:
    assert moves(branches) == {
        "learner": [("mason", "promotion")],
        "mason": [("carver", "promotion"), ("foreman", "promotion")],
        "carver": [("master-carver", "promotion")],
        "foreman": [("site-lead", "promotion")],
        "master-carver": [("warden", "promotion")],
        "site-lead": [("warden", "promotion")],
        "warden": [],
    }
    assert branches.level("mason").tracks == ("hand", "crew")
    assert branches.leads_people("foreman")
    assert not branches.leads_people("mason")


def test_bands_lead_to_every_title_of_the_next() -> None:
    points = load("points")
    assert moves(points) == {
        "commis": [("saucier", "promotion"), ("sous-chef", "promotion")],
        "saucier": [("chef", "promotion")],
        "sous-chef": [("chef", "promotion")],
        "chef": [],
    }


def test_steps_without_levels_ask_for_no_rating() -> None:
    points = load("points")
    assert [points.rated_criteria(level.id) for level in points.levels] == [(), (), (), ()]
    knife = points.criterion("KNIFE_WORK")
    assert [(step.id, step.name, step.content.summary) for step in knife.steps] == [
        ("1", "1", "Cuts evenly"),
        ("2", "2", "Bones a fish"),
        ("3", "Teaches", "Teaches others to cut"),
    ]
    assert [signal.id for step in knife.steps for signal in step.content.signals] == [
        "KNIFE_WORK.step.1.1",
        "KNIFE_WORK.step.1.2",
        "knife-teach",
    ]


def test_explicit_moves_join_the_next_levels(gaps: Ladder) -> None:
    assert moves(gaps) == {
        "mate": [("pilot", "promotion")],
        "pilot": [("senior-pilot", "promotion")],
        "senior-pilot": [("station-lead", "track_change"), ("harbour-master", "promotion")],
        "station-lead": [("mate", "step_down"), ("harbour-master", "promotion")],
        "harbour-master": [],
    }
    assert [level.id for level in gaps.entry_levels()] == ["mate"]
    entry = gaps.move(None, "mate")
    assert entry is not None
    assert entry.kind is MoveKind.ENTRY
    assert gaps.move("mate", "harbour-master") is None
    assert gaps.next_levels("senior-pilot") == (gaps.level("harbour-master"),)


def test_three_kinds_of_empty_cells_are_told_apart_and_never_rated(gaps: Ladder) -> None:
    kinds = {
        (c.id, level.id): gaps.expectation(c.id, level.id).kind.value
        for c in gaps.criteria
        for level in gaps.levels
        if c.id in {"steering", "watch"}
    }
    assert kinds == {
        ("steering", "mate"): "absent",
        ("steering", "pilot"): "filled",
        ("steering", "senior-pilot"): "filled",
        ("steering", "station-lead"): "not_defined",
        ("steering", "harbour-master"): "blank",
        ("watch", "mate"): "blank",
        ("watch", "pilot"): "blank",
        ("watch", "senior-pilot"): "filled",
        ("watch", "station-lead"): "absent",
        ("watch", "harbour-master"): "filled",
    }
    assert {level.id: [c.id for c in gaps.rated_criteria(level.id)] for level in gaps.levels} == {
        "mate": ["charts"],
        "pilot": ["steering", "charts"],
        "senior-pilot": ["steering", "watch"],
        "station-lead": [],
        "harbour-master": ["watch"],
    }


def test_an_empty_map_is_a_blank_cell() -> None:
    source = "format: ladder/1\nid: a\nname: A\nversion: v\nlevels: [{id: l, name: L}]\n"
    cell = read(f"{source}criteria: [{{id: c, name: C, at: {{l: {{x: {{k: v}}}}}}}}]\n").expectation("c", "l")
    assert cell.kind is CellKind.BLANK


def test_a_cell_holds_everything(gaps: Ladder) -> None:
    cell = gaps.expectation("steering", "pilot")
    assert cell.summary == "Brings a ship in by day."
    assert [(signal.id, signal.text) for signal in cell.signals] == [
        ("steering.pilot.1", "Reads the tide."),
        ("st-2", "Speaks with the tug."),
    ]
    assert [(link.label, link.url) for link in cell.signal("st-2").links] == [("Guide", "https://example.org/guide")]
    assert cell.signal("st-2").examples == ("Held a tanker in fog",)
    assert cell.measures == (
        Measure("turns", "Turns without help", ">=", 40),
        Measure("dents", "Dents", "<", 0.5, "a year"),
    )
    assert cell.examples == ("The night of the long swell",)
    assert [(signal.id, signal.text) for signal in cell.base] == [
        ("steering.all-levels.1", "Keeps the log."),
        ("calm", "Stays calm."),
    ]
    with pytest.raises(KeyError):
        cell.signal("nobody")


def test_a_cell_that_repeats_another_is_read_with_its_words(gaps: Ladder) -> None:
    cell = gaps.expectation("steering", "senior-pilot")
    assert (cell.same_as, cell.summary) == ("pilot", "Brings a ship in by day.")
    assert [signal.id for signal in cell.signals] == ["steering.pilot.1", "st-2", "steering.senior-pilot.plus.1"]
    repeated = gaps.expectation("watch", "harbour-master")
    assert repeated.summary == "All that a pilot does, and wakes the mate in time."


def test_words_that_name_another_cell_bring_its_words(gaps: Ladder) -> None:
    named = (Reference("pilot", "steering", "Brings a ship in by day."),)
    assert gaps.expectation("watch", "senior-pilot").refers_to == named
    assert gaps.expectation("watch", "harbour-master").refers_to == named
    assert gaps.expectation("steering", "pilot").refers_to == ()


def test_a_cell_can_expect_a_step(gaps: Ladder) -> None:
    mate, pilot = gaps.expectation("charts", "mate"), gaps.expectation("charts", "pilot")
    assert (mate.step, mate.summary, [s.id for s in mate.signals]) == (
        "reads",
        "Reads every sign.",
        ["charts.step.reads.1"],
    )
    assert (pilot.summary, pilot.measures) == (
        "Draws new charts.\n\nWith the hydrographer.",
        (Measure("sheets", "Sheets", "=", 3),),
    )


def test_some_criteria_are_shown_and_not_rated(gaps: Ladder) -> None:
    assert [(c.id, c.category_name, c.polarity, c.scored, c.is_rated) for c in gaps.criteria] == [
        ("steering", "Work", Polarity.POSITIVE, True, True),
        ("watch", "Work", Polarity.POSITIVE, True, True),
        ("charts", "Work", Polarity.POSITIVE, True, True),
        ("pride", "Watch-outs", Polarity.NEGATIVE, True, False),
        ("picture", "Notes", Polarity.POSITIVE, False, False),
    ]


def test_a_track_words_a_criterion_in_its_own_way(gaps: Ladder) -> None:
    steering = gaps.criterion("steering")
    assert (steering.name_for("ship"), steering.name_for("shore"), steering.name_for(None)) == (
        "Steering",
        "Steering through others",
        "Steering",
    )
    assert (steering.description_for("ship"), steering.description_for("shore")) == ("", "How others steer.")
    assert steering.wording_for("shore").example_outcomes == ("No groundings",)


def test_weights_may_differ_by_level(gaps: Ladder) -> None:
    assert [gaps.weight("steering", level_id) for level_id in ("mate", "pilot")] == [2, 3]
    assert gaps.weight("watch", "mate") == 1


def test_levels_say_how_long_and_for_whom(gaps: Ladder) -> None:
    assert {level.id: level.min_months for level in gaps.levels} == {
        "mate": 12,
        "pilot": 18,
        "senior-pilot": 6,
        "station-lead": 6,
        "harbour-master": 6,
    }
    assert gaps.level("station-lead") == Level(
        "station-lead",
        "Station lead",
        "H3",
        ("shore",),
        9,
        min_months=6,
        min_years=2.5,
        experience="On the water",
        min_reports=2,
        max_reports=4,
    )
    assert [level.id for level in gaps.levels if level.terminal] == ["senior-pilot"]
    assert gaps.evidence_periods == 2


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        ("mate", "senior-pilot", -1),
        ("senior-pilot", "station-lead", 0),
        ("harbour-master", "mate", 1),
        ("mate", "pilot", -1),
        ("senior-pilot", "pilot", 1),
        ("pilot", "pilot", 0),
        (
            "pilot",
            "station-lead",
            "Pilot and Station lead cannot be compared: they are on different tracks, and Pilot has no grade",
        ),
    ],
)
def test_grades_compare_or_say_why_not(gaps: Ladder, a: str, b: str, told: int | str) -> None:
    found = gaps.compare_grades(a, b)
    assert (found if isinstance(found, int) else str(found)) == told


def test_without_grades_two_tracks_do_not_compare(branches: Ladder) -> None:
    assert str(branches.compare_grades("carver", "foreman")) == (
        "Carver and Foreman cannot be compared: they are on different tracks, and Carver has no grade"
    )
    assert branches.compare_grades("carver", "warden") == -1


def test_a_scale_may_begin_with_the_best(gaps: Ladder) -> None:
    assert [(scale.name, scale.labels, scale.best_first) for scale in gaps.scales] == [
        ("severity", ("Very good", "Good", "Poor"), True)
    ]


def test_sheets_for_growth_and_role_fit(gaps: Ladder) -> None:
    assert [(a.id, a.name, a.group, a.description) for a in gaps.growth_activities] == [
        ("sounding", "Sounding", "Water", "Measures depth.")
    ]
    assert [(q.id, q.question, q.hint, q.criterion_id) for q in gaps.role_fit] == [
        ("why", "Why the harbour?", "Be honest.", "steering")
    ]


def test_ids_are_kept_as_the_source_has_them() -> None:
    items = load("items")
    assert [signal.id for signal in items.expectation("tools", "learner").signals] == [
        "983dd8411-940d-4aa8-9ba6-add04510a7da",
        "1ab2d281-1a60-4a49-a1d3-87f03bcf510e",
        "43cd4e9d",
        "12",
    ]
    assert (items.level("mason").code, items.level("mason").tracks, items.tracks) == ("Mason", (), ())


@pytest.mark.parametrize("ask", ["level", "track", "criterion", "moves_from", "rated_criteria"])
def test_unknown_ids_are_refused(gaps: Ladder, ask: str) -> None:
    with pytest.raises(KeyError):
        getattr(gaps, ask)("nobody")


def test_an_unknown_cell_is_refused(gaps: Ladder) -> None:
    with pytest.raises(KeyError):
        gaps.expectation("steering", "nobody")


def test_a_level_without_a_code_goes_by_its_name() -> None:
    source = (SHAPES / "gaps.yaml").read_text(encoding="utf-8")
    ladder = read(source.replace("{id: mate, code: S1, name: Mate,", "{id: mate, name: Mate,"))
    assert [(level.code, level.label) for level in (ladder.level("mate"), ladder.level("pilot"))] == [
        ("Mate", "Mate"),
        ("S2", "S2 Pilot"),
    ]
