"""The shape of a ladder file (`ladder/1`): which keys each map may have, and the type of each value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, model_serializer, model_validator

from review.domain.ladder_scalars import Count, Id, Number, Url, Weight, Words


class Spec(BaseModel):
    """A map of the file: unknown keys are refused, except under `x`, which is kept as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    x: dict[str, Any] | None = None

    @model_serializer(mode="wrap")
    def _write(self, write: Callable[[Any], dict[str, Any]]) -> Any:
        """Write the map in the order of the format: `x` stands last."""
        written = write(self)
        return written | {"x": written.pop("x")} if "x" in written else written


class IdSpec(Spec):
    """A map that is named by an id."""

    id: Id


class SourceSpec(Spec):
    title: Words | None = None
    url: Url | None = None
    license: Words | None = None
    retrieved: Words | None = None
    attribution: Words | None = None
    changes: Words | None = None


class DefaultsSpec(Spec):
    accumulate: StrictBool | None = None
    cell_use: Literal["evidence", "checklist"] | None = None


class TrackSpec(Spec):
    id: Id
    name: Words
    description: StrictStr | None = None
    people_manager: StrictBool = False


class TimeSpec(Spec):
    min_months: Count | None = None
    max_months: Count | None = None
    text: Words | None = None


class SpanSpec(Spec):
    min: Count | None = None
    max: Count | None = None
    text: Words | None = None


class ExperienceSpec(Spec):
    min_years: Number | None = None
    text: Words | None = None


class LevelSpec(Spec):
    id: Id
    name: Words
    code: Words | None = None
    track: Id | None = None
    grade: StrictInt | None = None
    pay_band: Words | None = None
    summary: StrictStr | None = None
    terminal: StrictBool = False
    typical_time: TimeSpec | None = None
    experience: ExperienceSpec | None = None
    span: SpanSpec | None = None


class MoveSpec(Spec):
    from_level: Id | None = Field(None, alias="from")
    to_level: Id = Field(alias="to")
    kind: Literal["promotion", "track_change", "lateral", "step_down", "entry"] | None = None


class ScaleSpec(Spec):
    labels: Annotated[tuple[Words, ...], Field(min_length=1)]
    best: Literal["first", "last"] = "last"

    @model_validator(mode="before")
    @classmethod
    def _read_short_form(cls, value: Any) -> Any:
        return {"labels": value} if isinstance(value, list) else value

    @model_serializer(mode="wrap")
    def _write(self, write: Callable[[Any], dict[str, Any]]) -> Any:
        written = write(self)
        if "x" in written:
            return written | {"x": written.pop("x")}
        return written["labels"] if set(written) == {"labels"} else written


class LinkSpec(Spec):
    label: Words | None = None
    url: Url


class ReferenceSpec(Spec):
    level: Id
    criterion: Id | None = None


class SignalSpec(Spec):
    id: Id | None = None
    text: Words
    examples: tuple[Words, ...] = ()
    links: tuple[LinkSpec, ...] = ()
    proficiency: Words | None = None
    refers_to: tuple[ReferenceSpec, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read_short_form(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value

    @model_serializer(mode="wrap")
    def _write(self, write: Callable[[Any], dict[str, Any]]) -> Any:
        written = write(self)
        if "x" in written:
            return written | {"x": written.pop("x")}
        return written["text"] if set(written) == {"text"} else written


class MeasureSpec(Spec):
    id: Id
    name: Words
    op: Literal["<", "<=", "=", ">=", ">"]
    value: Number
    unit: Words | None = None


class ContentSpec(Spec):
    """What a cell and a step both hold."""

    summary: StrictStr | None = None
    signals: tuple[SignalSpec, ...] = ()
    examples: tuple[Words, ...] = ()
    proficiency: Words | None = None
    measures: tuple[MeasureSpec, ...] = ()
    refers_to: tuple[ReferenceSpec, ...] = ()


class CellSpec(ContentSpec):
    same_as: Id | None = None
    plus: tuple[SignalSpec, ...] = ()
    not_defined: StrictBool = False
    blank: StrictBool = False
    step: Id | None = None
    weight: Weight | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_short_form(cls, value: Any) -> Any:
        if value is None or value == "":
            return {"blank": True}
        return {"summary": value} if isinstance(value, str) else value

    @model_serializer(mode="wrap")
    def _write(self, write: Callable[[Any], dict[str, Any]]) -> Any:
        written = write(self)
        if "x" in written:
            return written | {"x": written.pop("x")}
        return written["summary"] if set(written) == {"summary"} and written["summary"] else written


class StepHeadSpec(IdSpec):
    name: Words | None = None


class StepSpec(ContentSpec, StepHeadSpec):
    """A step of a criterion that has its own."""


class WordingSpec(Spec):
    """How one track words a criterion."""

    name: Words | None = None
    description: StrictStr | None = None
    example_outcomes: tuple[Words, ...] | None = None
    sub_competencies: tuple[Words, ...] | None = None


class CriterionSpec(WordingSpec, IdSpec):
    weight: Weight | None = None
    polarity: Literal["positive", "negative"] | None = None
    scored: StrictBool | None = None
    by_track: dict[str, WordingSpec] | None = None
    all_levels: tuple[SignalSpec, ...] = ()
    steps: tuple[StepSpec, ...] = ()
    at: dict[str, CellSpec] | None = None


class CategorySpec(Spec):
    id: Id
    name: Words
    description: StrictStr | None = None
    polarity: Literal["positive", "negative"] | None = None
    scored: StrictBool | None = None
    criteria: tuple[CriterionSpec, ...] = ()


class BandSpec(Spec):
    min: Count
    max: Count | None = None
    levels: Annotated[tuple[Id, ...], Field(min_length=1)]


class PayStepSpec(Spec):
    min: Count
    code: Words


class ScoringSpec(Spec):
    step_points: tuple[Number, ...] = ()
    bands: tuple[BandSpec, ...] = ()
    pay_steps: tuple[PayStepSpec, ...] = ()


class ExtendsSpec(Spec):
    ladder: Id
    version: Words
    merge: Literal["append", "replace"] = "append"
    criteria: Literal["all", "matching"] = "all"


class OverlaysSpec(Spec):
    extends: ExtendsSpec | None = None


class PromotionSpec(Spec):
    min_months_in_level: dict[str, Count] | None = None
    evidence_periods_at_next_level: Count | None = None
    reviewer_min_grade: Literal["target"] | StrictInt | None = None


class ActivitySpec(Spec):
    id: Id
    name: Words
    group: Words | None = None
    description: StrictStr | None = None


class QuestionSpec(Spec):
    id: Id
    question: Words
    hint: StrictStr | None = None
    criterion: Id | None = None


class LadderSpec(Spec):
    format: Literal["ladder/1"]
    id: Id
    name: Words
    description: StrictStr | None = None
    version: Words
    locale: Words | None = None
    source: SourceSpec | None = None
    defaults: DefaultsSpec | None = None
    tracks: tuple[TrackSpec, ...] = ()
    levels: tuple[LevelSpec, ...] = ()
    moves: tuple[MoveSpec, ...] | None = None
    scales: dict[str, ScaleSpec] | None = None
    categories: tuple[CategorySpec, ...] = ()
    criteria: tuple[CriterionSpec, ...] = ()
    scoring: ScoringSpec | None = None
    overlays: OverlaysSpec | None = None
    promotion: PromotionSpec | None = None
    growth_activities: tuple[ActivitySpec, ...] = ()
    role_fit: tuple[QuestionSpec, ...] = ()
