"""A cycle as a file: what `dualtrack cycle new` sets up, with the place of every fault."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from review.domain.date_rules import NAMES, OPENING, DateRule, parse_rule
from review.domain.errors import Fault
from review.domain.model_findings import shape_findings
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow_definition import Model
from review.domain.workflow_finding import Path, one_of
from review.domain.yaml_text import Document, read_yaml

Word = Annotated[str, Field(strict=True, min_length=1, max_length=200)]


class FileRules(Model):
    """Who may be nominated, beside what the ladder says."""

    min_months: Annotated[int, Field(strict=True, ge=0, le=120)] = 0
    levels: tuple[Word, ...] = ()
    tracks: tuple[Word, ...] = ()
    functions: tuple[Word, ...] = ()


class CycleFile(Model):
    """What a file says of a cycle; ladder and workflows by key and version, such as `ic 1`."""

    schema_name: Annotated[Literal["review-cycle/1"], Field(alias="schema")]
    code: Word
    name: Word
    zone: Word
    country: Annotated[str, Field(strict=True, pattern="^[A-Z]{2}$")] | None = None
    ladder: Word
    workflows: Mapping[Word, Word]
    dates: Mapping[Word, Word | date]
    functions: tuple[Word, ...] = ()
    eligibility: FileRules = FileRules()
    policy: Mapping[str, Any] = {}


@dataclass(frozen=True)
class CycleText:
    """A cycle's file without fault in itself: what it says, and its dates as rules."""

    said: CycleFile
    rules: Mapping[str, DateRule]


def parse_cycle(source: str, file: str) -> CycleText | tuple[Fault, ...]:
    """Read a cycle from YAML; return every fault, with its place in the file, instead of a cycle."""
    document = read_yaml(source, file)
    if not isinstance(document, Document):
        return document
    if not isinstance(document.data, dict):
        return (document.fault((), text("this is not a cycle"), text("a map that begins with schema")),)
    try:
        said = CycleFile.model_validate(document.data)
    except ValidationError as error:
        return tuple(
            document.key_fault(each.path, each.what, each.expected)
            if each.is_at_key
            else document.fault(each.path, each.what, each.expected)
            for each in shape_findings(error, _known_keys)
        )
    rules = {name: _read(value) for name, value in said.dates.items()}
    expected = text("a day such as 2027-01-11, or a rule such as 3 weeks before calibration_date")
    faults = [
        document.fault(("dates", name), text('"%(rule)s" is no rule', rule=said.dates[name]), expected)
        for name, rule in rules.items()
        if rule is None
    ]
    if OPENING not in rules:
        faults.append(document.key_fault(("dates",), text("the day of the opening is missing"), one_of(NAMES, OPENING)))
    known = {name: rule for name, rule in rules.items() if rule is not None}
    return tuple(faults) or CycleText(said, known)


def _read(value: str | date) -> DateRule | None:
    return DateRule(day=value) if isinstance(value, date) else parse_rule(value)


def _known_keys(path: Path) -> Text:
    model: type[Model] = FileRules if len(path) > 1 and path[0] == "eligibility" else CycleFile
    return one_of((field.alias or name for name, field in model.model_fields.items()), str(path[-1]))
