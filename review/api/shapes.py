"""What is asked, sent and answered, as models: the answers and the description are made from these."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from review.domain.hook_bodies import tell_moment
from review.domain.numbers import MOST
from review.forms.base import clean_line, clean_text

Item = TypeVar("Item")
Moment = Annotated[
    datetime, PlainSerializer(tell_moment, return_type=str), Field(json_schema_extra={"format": "date-time"})
]
Number = Annotated[int, Field(ge=1, le=MOST)]
Line = Annotated[str, Field(max_length=200), AfterValidator(clean_line)]
Words = Annotated[str, Field(max_length=20_000), AfterValidator(clean_text)]
MOST_ROWS = 200


class Shape(BaseModel):
    """What every model shares: nothing unknown in it, and what checks and writes one is made for the first one."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Page(Shape, Generic[Item]):
    """Some rows, and the address of the next ones; null after the last."""

    data: list[Item]
    next: str | None


class PageAsked(Shape):
    """Where a page of a list begins, and how long it is."""

    after: Annotated[int, Field(ge=0, le=MOST, description="rows with a larger number")] = 0
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 50


class PeopleAsked(PageAsked):
    """Which people."""

    words: Annotated[Line, Field(description="each is found in name, title or function")] = ""
    function: Line = ""


class CasesAsked(PageAsked):
    """Which cases."""

    words: Annotated[Line, Field(description="each is found in name, case, title or function")] = ""
    stage: Annotated[Line, Field(description="the id of a state of the workflow")] = ""
    committee: Number | None = None
    late: bool = False


class Me(Shape):
    """Whose token it is, and what it may do."""

    person_id: int
    name: str
    roles: list[str]
    token: str
    scopes: list[str]
    until: Moment


class Todo(Shape):
    """Something that waits for the owner."""

    verb: str
    about: str
    context: str
    due: Moment | None
    minutes: int
    case_id: int | None
    url: str


class Todos(Shape):
    """All that waits for the owner, the most urgent first."""

    data: list[Todo]


class PersonRow(Shape):
    """Somebody of the directory."""

    id: int
    name: str
    title: str
    function: str


class PersonRecord(Shape):
    """What HR and the person know beyond that."""

    external_id: str
    email: str | None
    level: str | None
    level_since: date | None
    joined: date | None
    left: date | None
    country: str | None
    zone: str | None
    manager_id: int | None


class PersonWhole(PersonRow):
    """One person; null where the owner of the token may not know."""

    is_active: bool
    record: PersonRecord | None
    roles: list[str] | None


class CycleRow(Shape):
    """A cycle in a list, and how many cases of it HR finds; null for others."""

    id: int
    code: str
    name: str
    state: str
    cases: int | None
    first: date | None
    last: date | None


class CycleWhole(Shape):
    """A cycle with its calendar and what it pins."""

    id: int
    code: str
    name: str
    state: str
    zone: str
    country: str | None
    ladder: str
    dates: dict[str, date]
    required_functions: list[str]
    url: str


class CommitteeMember(Shape):
    """Somebody on a committee."""

    person_id: int
    name: str
    function: str
    role: str


class Committee(Shape):
    """A committee of a cycle, and how many open cases of it HR finds."""

    id: int
    name: str
    open_cases: int
    members: list[CommitteeMember]


class Committees(Shape):
    """All committees of a cycle."""

    data: list[Committee]


class CaseRow(Shape):
    """A case in a list."""

    id: int
    code: str
    candidate_id: int
    candidate: str
    function: str
    kind: str
    from_level: str | None
    to_level: str
    stage: str
    stage_title: str
    entered: Moment | None
    due: Moment | None
    is_late: bool
    committee_id: int | None


class CaseWhole(Shape):
    """One case as the owner of the token finds it on its page: where it stands and whose turn it is."""

    id: int
    code: str
    cycle_id: int
    candidate_id: int
    candidate: str
    kind: str
    from_level: str | None
    to_level: str
    stage_title: str
    holders: list[str]
    due: date | None
    told: date | None
    dates: dict[str, date]
    url: str


class DecisionRow(Shape):
    """What was decided in a case; listed once it is announced."""

    case_id: int
    code: str
    candidate_id: int
    external_id: str
    from_level: str | None
    to_level: str
    outcome: Literal["promote", "not_yet", "defer"]
    decided: Moment


class ImportAsked(Shape):
    """How a people file is taken: looked at, or applied where it would still do what was seen."""

    apply: bool = False
    full: Annotated[bool, Field(description="the file names everybody: whoever is missing has left")] = False
    fingerprint: Annotated[str, Field(pattern="^([0-9a-f]{64})?$", description="of the trial; needed to apply it")] = ""


class Fault(Shape):
    """Something wrong with what was sent."""

    field: str | None
    row: int | None
    what: str
    expected: str | None


class Imported(Shape):
    """What a people file would change, or has changed."""

    is_applied: bool
    counts: dict[str, int]
    fingerprint: str
    faults: list[Fault]


class NudgeSent(Shape, strict=True):  # as JSON has it: 0 is not false, "1" no number
    """Which requests for feedback to remind of."""

    late: Annotated[bool, Field(description="only those that are late")] = True
    dry_run: bool = True


class NudgeRefused(Shape):
    """Why requests were not reminded of, and how many."""

    reason: str
    count: int


class Nudged(Shape):
    """How many were reminded, or would be."""

    is_done: bool
    count: int
    refused: list[NudgeRefused]


class NominationSent(Shape, strict=True):
    """Who is nominated for what."""

    candidate_id: Number
    kind: Literal["promotion", "track_change", "entry"]
    to_level: Line
    reason: Words = ""
    role_fit: dict[str, Words] = {}


class Nominated(Shape):
    """The case that was opened."""

    case_id: int
    code: str
    url: str


class ProblemTold(BaseModel):
    """Why something cannot be done (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    reasons: list[str] | None = None
    faults: list[dict[str, str | int | None]] | None = None
