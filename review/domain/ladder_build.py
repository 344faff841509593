"""Builds a ladder from the checked content of its file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from review.domain.ladder import (
    Activity,
    Band,
    Category,
    Criterion,
    Ladder,
    Level,
    Number,
    PayStep,
    Polarity,
    Question,
    Scale,
    Scoring,
    Step,
    Track,
    Wording,
)
from review.domain.ladder_cells import build_cells, build_content
from review.domain.ladder_moves import build_moves
from review.domain.ladder_schema import CategorySpec, CriterionSpec, LadderSpec, LevelSpec, WordingSpec


def build_ladder(spec: LadderSpec) -> Ladder:
    """Return the ladder that a file describes; it must have passed the rules of `ladder_names` and `ladder_order`."""
    levels = tuple(_level(level, spec) for level in spec.levels)
    criteria = tuple(_criterion(criterion, category) for category, criterion in _all_criteria(spec))
    specs = tuple(criterion for _, criterion in _all_criteria(spec))
    bands = spec.scoring.bands if spec.scoring else ()
    return Ladder(
        spec=spec,
        tracks=tuple(Track(t.id, t.name, t.description or "", t.people_manager) for t in spec.tracks),
        levels=levels,
        categories=tuple(Category(c.id, c.name, c.description or "") for c in spec.categories),
        criteria=criteria,
        moves=build_moves(levels, spec.moves or (), bands),
        scales=tuple(Scale(name, s.labels, s.best == "first") for name, s in (spec.scales or {}).items()),
        scoring=_scoring(spec),
        growth_activities=tuple(
            Activity(a.id, a.name, a.group or "", a.description or "") for a in spec.growth_activities
        ),
        role_fit=tuple(Question(q.id, q.question, q.hint or "", q.criterion) for q in spec.role_fit),
        _cells=build_cells(specs, (level.id for level in levels)),
        _weights=dict(_cell_weights(specs)),
    )


def _all_criteria(spec: LadderSpec) -> Iterator[tuple[CategorySpec | None, CriterionSpec]]:
    grouped = ((category, criterion) for category in spec.categories for criterion in category.criteria)
    return chain(grouped, ((None, criterion) for criterion in spec.criteria))


def _level(spec: LevelSpec, ladder: LadderSpec) -> Level:
    time, experience, span = spec.typical_time, spec.experience, spec.span
    return Level(
        id=spec.id,
        name=spec.name,
        code=spec.code or spec.name,
        tracks=(spec.track,) if spec.track else tuple(track.id for track in ladder.tracks),
        grade=spec.grade,
        pay_band=spec.pay_band,
        summary=spec.summary or "",
        terminal=spec.terminal,
        min_months=_min_months(spec, ladder),
        max_months=time.max_months if time else None,
        typical_time=(time.text if time else None) or "",
        min_years=experience.min_years if experience else None,
        experience=(experience.text if experience else None) or "",
        min_reports=span.min if span else None,
        max_reports=span.max if span else None,
    )


def _min_months(spec: LevelSpec, ladder: LadderSpec) -> int | None:
    rules = (ladder.promotion.min_months_in_level if ladder.promotion else None) or {}
    if spec.id in rules:
        return rules[spec.id]
    if spec.typical_time and spec.typical_time.min_months is not None:
        return spec.typical_time.min_months
    return rules.get("default")


def _criterion(spec: CriterionSpec, category: CategorySpec | None) -> Criterion:
    polarity = spec.polarity or (category.polarity if category else None) or Polarity.POSITIVE
    scored = spec.scored if spec.scored is not None else (category.scored if category else None)
    name = spec.name or spec.id
    own = Wording(name, spec.description or "", spec.example_outcomes or (), spec.sub_competencies or ())
    return Criterion(
        id=spec.id,
        name=own.name,
        description=own.description,
        weight=1 if spec.weight is None else spec.weight,
        polarity=Polarity(polarity),
        scored=scored is not False,
        category_id=category.id if category else None,
        category_name=category.name if category else "",
        example_outcomes=own.example_outcomes,
        sub_competencies=own.sub_competencies,
        steps=tuple(
            Step(step.id, step.name or step.id, build_content(step, f"{spec.id}.step.{step.id}")) for step in spec.steps
        ),
        wordings=tuple((track, _wording(words, own)) for track, words in (spec.by_track or {}).items()),
    )


def _wording(words: WordingSpec, own: Wording) -> Wording:
    return Wording(
        words.name or own.name,
        own.description if words.description is None else words.description,
        own.example_outcomes if words.example_outcomes is None else words.example_outcomes,
        own.sub_competencies if words.sub_competencies is None else words.sub_competencies,
    )


def _scoring(spec: LadderSpec) -> Scoring | None:
    if spec.scoring is None:
        return None
    return Scoring(
        spec.scoring.step_points,
        tuple(Band(band.min, band.max, band.levels) for band in spec.scoring.bands),
        tuple(PayStep(step.min, step.code) for step in spec.scoring.pay_steps),
    )


def _cell_weights(specs: tuple[CriterionSpec, ...]) -> Iterator[tuple[tuple[str, str], Number]]:
    for criterion in specs:
        for level_id, cell in (criterion.at or {}).items():
            if cell.weight is not None:
                yield (criterion.id, level_id), cell.weight
