"""What the page of a draft shows: the fields of one part, faults with where to mend them, and what would change."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from review.domain.errors import Fault, Invalid
from review.domain.text import Text
from review.domain.values import dataclass
from review.domain.workflow_changes import tell_changes
from review.domain.workflow_definition import Definition
from review.domain.workflow_diagram import draw_workflow
from review.domain.workflow_edit import ChangedLines, apply_edits, find_changed_lines, read_edits
from review.domain.workflow_file import Layers, read_layers
from review.domain.workflow_form import Field, Kind, list_fields
from review.domain.workflow_marks import draw_changes
from review.domain.workflow_parts import Part, PlacedFault, list_parts, place_faults
from review.queries.workflow_drafts import DraftRow
from review.queries.workflows import find_published_file, read_definition, read_sources
from review.services.workflows import judge_workflow
from review.services.workflows_in_draft import FILE
from review.web.words import tr

FIELD, WAS, SHOWN = "f-", "was-", "shown"
SPAN_PARTS = ("count", "unit", "anchor")


@dataclass(frozen=True)
class FormField:
    """A field of the form with the faults that stand at it, and an id that a page may carry."""

    field: Field
    faults: tuple[Fault, ...]

    @property
    def id(self) -> str:
        """Return the id of the control."""
        return FIELD + self.field.name.replace(".", "-").replace("+", "new")


@dataclass(frozen=True)
class Look:
    """Everything that the page says of a text; without parts where it cannot be read."""

    source: str
    faults: tuple[PlacedFault, ...]
    parts: tuple[Part, ...]
    part: Part | None
    fields: tuple[FormField, ...]
    picture: Markup | None
    changes: tuple[Text, ...]
    lines: tuple[ChangedLines, ...]

    @property
    def names(self) -> frozenset[str]:
        """Return the names of the fields in the form."""
        return frozenset(each.field.name for each in self.fields)

    def field_of(self, placed: PlacedFault) -> FormField | None:
        """Return the field of the open part at which a fault stands."""
        return next((each for each in self.fields if placed.fault in each.faults), None)


def look_at(session: Session, draft: DraftRow, layers: Layers | str, part_id: str) -> Look:
    """Work out what the page shows of a text, read or not.

    Args:
        part_id: the part whose fields are shown; the workflow itself where there is no such part.
    """
    source = text_of(layers)
    before, lines = _of_base(session, draft, source)
    found = read_draft(session, source) if isinstance(layers, str) else layers
    if not isinstance(found, Layers):
        placed = tuple(PlacedFault(fault, (), None) for fault in found)
        return Look(source, placed, (), None, (), None, (), lines)
    return _look_into(session, found, part_id, before, lines)


def read_draft(session: Session, source: str) -> Layers | tuple[Fault, ...]:
    """Read a draft's text and the published files that it extends; return faults of the text."""
    return read_layers(source, FILE, lambda name: find_published_file(session, name))


def text_of(layers: Layers | str) -> str:
    """Return the text of a draft that may have been read."""
    return layers if isinstance(layers, str) else layers.sources[FILE]


def _look_into(
    session: Session, layers: Layers, part_id: str, before: Definition | None, lines: tuple[ChangedLines, ...]
) -> Look:
    source = layers.sources[FILE]
    data, _ = layers.merged()
    parts = list_parts(data)
    part = next((each for each in parts if each.id == part_id), parts[0])
    found = _judge(session, layers)
    faults = () if isinstance(found, Definition) else place_faults(layers, parts, found)
    fields = _with_faults(list_fields(data, part), faults)
    if not isinstance(found, Definition):
        return Look(source, faults, parts, part, fields, None, (), lines)
    drawn = draw_changes(before, found, tr) if before else draw_workflow(found, None, tr)
    picture = Markup(drawn)  # noqa: S704 - drawn and escaped by workflow_diagram
    return Look(source, (), parts, part, fields, picture, tell_changes(before, found) if before else (), lines)


def write_form(session: Session, source: str, sent: MultiDict[str, str]) -> Layers | str:
    """Return a text with what was changed in the form, read; the text alone where it cannot be read.

    Raises Invalid where a part is written so that the form cannot change it.
    """
    layers = read_draft(session, source)
    if not isinstance(layers, Layers):
        return source
    data, _ = layers.merged()
    part = next((each for each in list_parts(data) if each.id == sent.get(SHOWN)), None)
    fields = list_fields(data, part) if part else ()
    was = {field.name: sent[WAS + field.name] for field in fields if WAS + field.name in sent}
    said = {field.name: _read_field(field, sent) for field in fields if field.name in was}
    edits = read_edits(data, fields, said, was)
    return apply_edits(layers, lambda name: find_published_file(session, name), edits)


def _read_field(field: Field, sent: MultiDict[str, str]) -> str:
    name = FIELD + field.name
    if field.kind is Kind.SPAN:
        return "|".join(sent.get(f"{name}.{part}", "").strip() for part in SPAN_PARTS)
    if field.kind is Kind.BOXES:
        return ",".join(sent.getlist(name))
    return sent.get(name, "").replace("\r\n", " ").strip()


def _judge(session: Session, layers: Layers) -> Definition | tuple[Fault, ...]:
    try:
        return judge_workflow(session, layers).definition
    except Invalid as refused:
        return refused.faults


def _of_base(session: Session, draft: DraftRow, source: str) -> tuple[Definition | None, tuple[ChangedLines, ...]]:
    if draft.base_id is None:
        return None, ()
    sources: Mapping[str, str] = read_sources(session, draft.base_id)
    return read_definition(session, draft.base_id), find_changed_lines(next(iter(sources.values())), source)


def _with_faults(fields: tuple[Field, ...], faults: tuple[PlacedFault, ...]) -> tuple[FormField, ...]:
    """Return the fields with the faults at or below their paths; each fault at the field that says the most of it."""
    at: dict[str, list[Fault]] = {field.name: [] for field in fields}
    for placed in faults:
        near = [
            field for field in fields if placed.path[: len(field.path)] == field.path and field.kind is not Kind.ADD
        ]
        best = max(near, key=lambda field: len(field.path), default=None)
        if best is not None:
            at[best.name].append(placed.fault)
    return tuple(FormField(field, tuple(at[field.name])) for field in fields)
