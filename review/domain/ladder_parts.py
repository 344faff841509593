"""What a ladder is made of, as values: tracks, levels, criteria, moves and expectations."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from review.domain.values import dataclass

Number = int | float


class Polarity(StrEnum):
    """Whether a criterion asks for something or warns of it."""

    POSITIVE = "positive"
    NEGATIVE = "negative"


class MoveKind(StrEnum):
    """What a move from one level to another is."""

    PROMOTION = "promotion"
    TRACK_CHANGE = "track_change"
    LATERAL = "lateral"
    STEP_DOWN = "step_down"
    ENTRY = "entry"


class CellKind(StrEnum):
    """What a ladder says in a cell; only a filled one is ever rated."""

    FILLED = "filled"
    ABSENT = "absent"
    NOT_DEFINED = "not_defined"
    BLANK = "blank"


@dataclass(frozen=True)
class Track:
    """One of the parallel ways to rise."""

    id: str
    name: str
    description: str = ""
    people_manager: bool = False


@dataclass(frozen=True)
class Level:
    """One place on the ladder; `tracks` are the ids of all tracks that pass it.

    `code`: its name where the ladder gives it none.
    """

    id: str
    name: str
    code: str
    tracks: tuple[str, ...]
    grade: int | None = None
    pay_band: str | None = None
    summary: str = ""
    terminal: bool = False
    min_months: int | None = None
    max_months: int | None = None
    typical_time: str = ""
    min_years: Number | None = None
    experience: str = ""
    min_reports: int | None = None
    max_reports: int | None = None

    @property
    def label(self) -> str:
        """Return code and name, or the name alone where there is no code."""
        return self.name if self.code == self.name else f"{self.code} {self.name}"


@dataclass(frozen=True)
class Move:
    """A way from one level to another; an entry comes from outside the ladder."""

    from_level: str | None
    to_level: str
    kind: MoveKind


@dataclass(frozen=True)
class Link:
    """A page that a signal points to."""

    label: str
    url: str


@dataclass(frozen=True)
class Signal:
    """One thing that can be seen in somebody's work; evidence is tied to its id."""

    id: str
    text: str
    examples: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    proficiency: str | None = None


@dataclass(frozen=True)
class Measure:
    """A number with the bound that the level asks for."""

    id: str
    name: str
    op: str
    value: Number
    unit: str = ""


@dataclass(frozen=True)
class Reference:
    """Another cell that a cell's own words name, with that cell's words."""

    level_id: str
    criterion_id: str
    summary: str


@dataclass(frozen=True)
class Expectation:
    """What a level asks in a criterion, with every reference followed.

    `base` holds for every level of the criterion; `refers_to` names other cells that the words lean on;
    `same_as` is the level whose cell this one repeats, `step` the criterion's step that the level expects.
    """

    kind: CellKind
    summary: str = ""
    signals: tuple[Signal, ...] = ()
    measures: tuple[Measure, ...] = ()
    examples: tuple[str, ...] = ()
    proficiency: str | None = None
    base: tuple[Signal, ...] = ()
    refers_to: tuple[Reference, ...] = ()
    same_as: str | None = None
    step: str | None = None

    @property
    def is_filled(self) -> bool:
        """Say whether there is something to rate."""
        return self.kind is CellKind.FILLED

    def signal(self, signal_id: str) -> Signal:
        """Return a signal of the cell or of its base row; raise KeyError if there is none of that id."""
        for signal in (*self.signals, *self.base):
            if signal.id == signal_id:
                return signal
        raise KeyError(signal_id)


@dataclass(frozen=True)
class Wording:
    """How one track words a criterion."""

    name: str
    description: str
    example_outcomes: tuple[str, ...]
    sub_competencies: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One step of a criterion that has its own, with what it asks."""

    id: str
    name: str
    content: Expectation


@dataclass(frozen=True)
class Criterion:
    """What people are judged by; `scored` is false where it is only shown."""

    id: str
    name: str
    description: str = ""
    weight: Number = 1
    polarity: Polarity = Polarity.POSITIVE
    scored: bool = True
    category_id: str | None = None
    category_name: str = ""
    example_outcomes: tuple[str, ...] = ()
    sub_competencies: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    wordings: tuple[tuple[str, Wording], ...] = field(default=(), repr=False)

    @property
    def is_rated(self) -> bool:
        """Say whether a rating may be asked for at all."""
        return self.scored and self.polarity is Polarity.POSITIVE

    def wording_for(self, track_id: str | None) -> Wording:
        """Return the words of a track, or the criterion's own where the track has none."""
        own = Wording(self.name, self.description, self.example_outcomes, self.sub_competencies)
        return dict(self.wordings).get(track_id, own) if track_id is not None else own

    def name_for(self, track_id: str | None) -> str:
        """Return the name as the track words it."""
        return self.wording_for(track_id).name

    def description_for(self, track_id: str | None) -> str:
        """Return the description as the track words it."""
        return self.wording_for(track_id).description


@dataclass(frozen=True)
class Category:
    """A heading over criteria."""

    id: str
    name: str
    description: str = ""


@dataclass(frozen=True)
class Scale:
    """Labelled steps; `best_first` where 1 is the best."""

    name: str
    labels: tuple[str, ...]
    best_first: bool = False


@dataclass(frozen=True)
class Band:
    """The titles that a sum of points gives; no `most` means no upper end."""

    least: int
    most: int | None
    levels: tuple[str, ...]


@dataclass(frozen=True)
class PayStep:
    """A pay code from a sum of points on."""

    least: int
    code: str


@dataclass(frozen=True)
class Scoring:
    """How steps become points, and points a band and a pay step."""

    step_points: tuple[Number, ...]
    bands: tuple[Band, ...]
    pay_steps: tuple[PayStep, ...]


@dataclass(frozen=True)
class Activity:
    """Something an experienced person does; rated by oneself for skill, experience and interest."""

    id: str
    name: str
    group: str = ""
    description: str = ""


@dataclass(frozen=True)
class Question:
    """One question of the role-fit sheet for somebody who comes from another discipline."""

    id: str
    question: str
    hint: str = ""
    criterion_id: str | None = None
