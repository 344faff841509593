"""Reads a workflow from YAML: overlays merged, shape and rules checked, every fault with its place, a digest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any

from pydantic import ValidationError

from review.domain.canonical_json import canonical_json, digest
from review.domain.errors import Fault
from review.domain.model_findings import shape_findings
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow_definition import Action, Definition, Guard, Machine, Span, State, TimerRule
from review.domain.workflow_finding import Finding, Path, one_of
from review.domain.workflow_lint import lint
from review.domain.yaml_text import Document, read_yaml

EXTENDS = "extends"
MAX_LAYERS = 5
ABSENT = object()

Find = Callable[[str], str | None]


class Layers:
    """The documents of one workflow, from what is extended to what extends it."""

    def __init__(self, documents: tuple[Document, ...], sources: Mapping[str, str]) -> None:
        self.documents = documents
        self.sources = sources

    def merged(self) -> tuple[Any, tuple[Fault, ...]]:
        """Return the data with every overlay applied, and the deletions that find nothing to delete."""
        data: Any = {}
        faults: list[Fault] = []
        for document in self.documents:
            overlay = {key: value for key, value in document.data.items() if key != EXTENDS}
            for path in _idle_deletions(data, overlay, ()):
                what = text('there is no "%(key)s" here to take away', key=str(path[-1]))
                faults.append(document.key_fault(path, what, text("a key of the file that is extended")))
            data = merge(data, overlay)
        return data, tuple(faults)

    def fault(self, finding: Finding) -> Fault:
        """Return a finding as a fault, placed in the file that wrote that part last."""
        for depth in range(len(finding.path), -1, -1):
            path = finding.path[:depth]
            for document in reversed(self.documents):
                if value_at(document.data, path) is not ABSENT:
                    is_at_key = finding.is_at_key or depth < len(finding.path)
                    make = document.key_fault if is_at_key else document.fault
                    return make(path, finding.what, finding.expected)
        raise ValueError("a workflow without a document")


@dataclass(frozen=True)
class Workflow:
    """A definition without fault, the digest of what it says, and the files it was made of, the entry file first."""

    definition: Definition
    digest: str
    sources: Mapping[str, str]
    layers: Layers = field(repr=False, compare=False)

    def fault(self, finding: Finding) -> Fault:
        """Return a finding about this workflow as a fault, placed in the file that wrote that part last."""
        return self.layers.fault(finding)


def parse_workflow(source: str, file: str, find: Find) -> Workflow | tuple[Fault, ...]:
    """Read a workflow and whatever it extends; return every fault found instead of a workflow.

    Args:
        source: the YAML of the entry file.
        file: its name, which faults carry.
        find: gives the YAML of a file by the name in `extends`, or None where there is none.
    """
    layers = read_layers(source, file, find)
    return check_layers(layers) if isinstance(layers, Layers) else layers


def check_layers(layers: Layers) -> Workflow | tuple[Fault, ...]:
    """Return the workflow that a file and what it extends make, or every fault."""
    data, faults = layers.merged()
    definition = faults or _shape(layers, data)
    if not isinstance(definition, Definition):
        return definition
    findings = lint(definition)
    if findings:
        return _sorted(layers.fault(finding) for finding in findings)
    return Workflow(definition, digest(canonical_json(data)), layers.sources, layers)


def read_checked(source: str, file: str, find: Find) -> Definition | tuple[Fault, ...]:
    """Read a workflow that parse_workflow() has read before, without asking again whether it makes sense.

    What is asked of workflows may grow from version to version; cases go on by what was asked when theirs was stored.
    """
    layers = read_layers(source, file, find)
    if not isinstance(layers, Layers):
        return layers
    data, faults = layers.merged()
    return faults or _shape(layers, data)


def _shape(layers: Layers, data: Any) -> Definition | tuple[Fault, ...]:
    try:
        return Definition.model_validate(data)
    except ValidationError as error:
        return _sorted(layers.fault(finding) for finding in shape_findings(error, _known_keys))


def _sorted(faults: Iterator[Fault]) -> tuple[Fault, ...]:
    distinct = dict.fromkeys(faults)
    return tuple(sorted(distinct, key=lambda fault: (fault.file or "", fault.line or 0, fault.column or 0)))


def merge(base: Any, overlay: Any) -> Any:
    """Return the base with an overlay: maps merge by key, null deletes, lists and all else are replaced."""
    if not isinstance(base, dict) or not isinstance(overlay, dict):
        return overlay
    merged = dict(base)
    for key, value in overlay.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(base.get(key, {}), value)
    return merged


def _idle_deletions(base: Any, overlay: Any, path: Path) -> Iterator[Path]:
    if not isinstance(overlay, dict):
        return
    for key, value in overlay.items():
        below = base.get(key, ABSENT) if isinstance(base, dict) else ABSENT
        if value is None and below is ABSENT:
            yield (*path, key)
        else:
            yield from _idle_deletions(below, value, (*path, key))


def value_at(data: Any, path: Path) -> Any:
    """Return what stands at a path of plain data, ABSENT where nothing does."""
    for key in path:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return data


def read_layers(source: str, file: str, find: Find) -> Layers | tuple[Fault, ...]:
    """Read a workflow's file and what it extends, without asking whether it makes sense; return faults of the text."""
    documents: list[Document] = []
    sources: dict[str, str] = {}
    while True:
        document = read_yaml(source, file)
        if not isinstance(document, Document):
            return document
        if not isinstance(document.data, dict):
            return (
                document.fault((), text("this is not a workflow"), text("a map that begins with schema or extends")),
            )
        documents.insert(0, document)
        sources[file] = source
        name = document.data.get(EXTENDS)
        if name is None:
            return Layers(tuple(documents), sources)
        below = find(name) if isinstance(name, str) and name not in sources and len(sources) < MAX_LAYERS else None
        if not isinstance(name, str) or below is None:
            return (document.fault((EXTENDS,), _why_not(name, sources), text("the name of another workflow file")),)
        source, file = below, name


def _why_not(name: object, sources: Mapping[str, str]) -> Text:
    if name in sources:
        return text('"%(file)s" extends itself', file=str(name))
    if len(sources) >= MAX_LAYERS:
        return text("too many files extend one another")
    return text('there is no file "%(file)s"', file=str(name))


PARTS: Mapping[str, type[Definition] | type[Machine] | type[State] | type[Action]] = {
    "states": State,
    "actions": Action,
    "regions": Machine,
    "items": Machine,
}


def _known_keys(path: Path) -> Text:
    word = str(path[-1])
    if len(path) == 1:
        return one_of((*_keys(Definition), EXTENDS), word)
    if path[-2] in ("due", "after", "every"):
        return one_of(_keys(Span), word)
    holder = path[-3] if len(path) > 2 else ""
    if holder == "timers":
        return one_of(_keys(TimerRule), word)
    if holder in PARTS:
        return one_of(_keys(PARTS[str(holder)]), word)
    return one_of(_keys(Guard), word)


def _keys(model: type[Definition | Machine | State | Action | Span | TimerRule | Guard]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())
