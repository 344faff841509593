"""The demo company as data: reads content/*.yaml strictly into frozen values.

`load_content()` is all a builder needs. Days count from the demo's today (`place_day`); people are external ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from review.demo.company import (
    STRICT,
    CastGroup,
    Committee,
    Company,
    CriterionId,
    Cycle,
    Day,
    GlobalRole,
    Key,
    LadderRef,
    LevelId,
    Person,
    PersonId,
    Words,
)
from review.demo.script import (
    Delegation,
    Evidence,
    Giver,
    ManagerChange,
    Nomination,
    OutsideGiver,
    Panel,
    Rating,
    SecondRating,
    Target,
)
from review.demo.verdict import (
    Appeal,
    Decision,
    DeclaredConflict,
    Ending,
    GrowthPlan,
    LetterEdit,
    Note,
    SignOff,
    Vote,
)
from review.domain.errors import Fault, Invalid
from review.domain.text import text

CONTENT = Path(__file__).with_name("content")


class Milestone(StrEnum):
    """What happens to a case, in the order in which it can happen; `days` of a case dates those that did."""

    NOMINATED = "nominated"
    REJECTED = "rejected"
    CONFIRMED = "confirmed"
    ASKED = "asked"  # the givers were proposed and approved
    FIRST_VIEW = "first_view"
    PACKET = "packet"  # self-review submitted
    SECOND = "second"  # second rating in, or waived
    PANEL = "panel"  # leadership panel scored
    FEEDBACK = "feedback"  # feedback closed
    RATED = "rated"
    SEALED = "sealed"
    VOTING = "voting"
    REVEALED = "revealed"
    REVEALED_AGAIN = "revealed_again"
    DECIDED = "decided"
    SIGNED_OFF = "signed_off"
    ANNOUNCED = "announced"
    APPEALED = "appealed"
    APPEAL_DECIDED = "appeal_decided"
    ACCEPTED = "accepted"  # the appeal window was closed
    AGREED = "agreed"  # growth plan
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, config=STRICT)
class Case:
    """One case with everything that people did in it, to be played up to `target`.

    `key`: the file's name. `story`: what it shows, for developers. `days`: by milestone, only what happened.
    `committee`: None where it never came to one. `new_title`: the title once promoted.
    `role_fit`: question id → answer (entry cases). `self_review`: criterion → text, maybe partial while `writing`.
    `first_views`: usually one; a former manager's comes first and stays. `final`: unlocked while it is a draft.
    `readers`: members who have read the packet. `absent`: members marked absent, in cases that came to votes.
    `rounds`: the ballots of each round; in `voting` the last one holds the ballots cast so far.
    `letter`: paragraphs added to the assembled letter. `ending`: for `ineligible` and `withdrawn`.
    """

    key: Key
    cycle: Key
    candidate: PersonId
    kind: Literal["promotion", "track_change", "entry"]
    from_level: LevelId | None
    to_level: LevelId
    target: Target
    story: Words
    nomination: Nomination
    days: Mapping[Milestone, Day]
    committee: Key | None = None
    new_title: str = ""
    role_fit: Mapping[Key, Words] = Field(default_factory=dict)
    self_review: Mapping[CriterionId, Words] = Field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    givers: tuple[Giver, ...] = ()
    outside: tuple[OutsideGiver, ...] = ()
    first_views: tuple[Rating, ...] = ()
    final: Rating | None = None
    second: SecondRating | None = None
    panel: Panel | None = None
    manager_change: ManagerChange | None = None
    delegation: Delegation | None = None
    conflicts: tuple[DeclaredConflict, ...] = ()
    readers: tuple[PersonId, ...] = ()
    absent: tuple[PersonId, ...] = ()
    rounds: tuple[tuple[Vote, ...], ...] = ()
    notes: tuple[Note, ...] = ()
    decision: Decision | None = None
    sign_off: SignOff | None = None
    letter: tuple[LetterEdit, ...] = ()
    appeal: Appeal | None = None
    growth_plan: GrowthPlan | None = None
    ending: Ending | None = None


@dataclass(frozen=True, slots=True, config=STRICT)
class PeopleContent:
    """What people.yaml holds."""

    company: Company
    people: tuple[Person, ...]
    roles: Mapping[GlobalRole, tuple[PersonId, ...]]
    cast: tuple[CastGroup, ...]


@dataclass(frozen=True, slots=True, config=STRICT)
class CyclesContent:
    """What cycles.yaml holds."""

    criteria: tuple[CriterionId, ...]
    ladder: LadderRef
    cycles: tuple[Cycle, ...]
    committees: tuple[Committee, ...]


@dataclass(frozen=True)
class DemoContent:
    """The whole demo company. `cases` in the order in which they were nominated."""

    company: Company
    people: tuple[Person, ...]
    roles: Mapping[GlobalRole, tuple[PersonId, ...]]
    cast: tuple[CastGroup, ...]
    criteria: tuple[CriterionId, ...]
    ladder: LadderRef
    cycles: tuple[Cycle, ...]
    committees: tuple[Committee, ...]
    cases: tuple[Case, ...]

    def person(self, external_id: str) -> Person:
        """Return the person with an external id; raises KeyError for a stranger."""
        return {person.id: person for person in self.people}[external_id]

    def email(self, external_id: str) -> str:
        """Return somebody's e-mail address."""
        return f"{external_id}@{self.company.domain}"

    def cycle(self, key: str) -> Cycle:
        """Return the cycle with a key; raises KeyError."""
        return {cycle.key: cycle for cycle in self.cycles}[key]

    def committee(self, key: str) -> Committee:
        """Return the committee with a key; raises KeyError."""
        return {committee.key: committee for committee in self.committees}[key]


def load_content(folder: Path = CONTENT) -> DemoContent:
    """Read the demo company from a folder with people.yaml, cycles.yaml and cases/*.yaml.

    Raises: Invalid with every fault of the first faulty file.
    """
    staff = _read(folder / "people.yaml", _PEOPLE)
    frame = _read(folder / "cycles.yaml", _CYCLES)
    cases = [_read(path, _CASE, {"key": path.stem}) for path in sorted((folder / "cases").glob("*.yaml"))]
    cases.sort(key=lambda case: (case.days[Milestone.NOMINATED], case.key))
    return DemoContent(
        company=staff.company,
        people=staff.people,
        roles=staff.roles,
        cast=staff.cast,
        criteria=frame.criteria,
        ladder=frame.ladder,
        cycles=frame.cycles,
        committees=frame.committees,
        cases=tuple(cases),
    )


_PEOPLE = TypeAdapter(PeopleContent)
_CYCLES = TypeAdapter(CyclesContent)
_CASE = TypeAdapter(Case)

_Shape = TypeVar("_Shape")


def _read(path: Path, shape: TypeAdapter[_Shape], given: Mapping[str, str] | None = None) -> _Shape:
    """Read one file; `given` adds what the file's name says."""
    try:
        data: Any = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        raise Invalid([Fault(text("this is not YAML: %(problem)s", problem=str(error)), file=path.name)]) from error
    if given and isinstance(data, dict):
        data = {**data, **given}
    try:
        return shape.validate_python(data)
    except ValidationError as error:
        raise Invalid(
            Fault(text("%(problem)s", problem=found["msg"]), file=path.name, field=".".join(map(str, found["loc"])))
            for found in error.errors()
        ) from error
