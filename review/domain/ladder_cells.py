"""Builds what each level asks in each criterion, with repeated, stepped and named cells followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from review.domain.ladder_parts import CellKind, Expectation, Link, Measure, Reference, Signal
from review.domain.ladder_schema import CellSpec, ContentSpec, CriterionSpec, ReferenceSpec, SignalSpec

Cells = dict[tuple[str, str], Expectation]


def build_cells(criteria: Iterable[CriterionSpec], level_ids: Iterable[str]) -> Cells:
    """Return the expectation of every criterion at every level, keyed by both ids."""
    criteria, level_ids = tuple(criteria), tuple(level_ids)
    plain = {(c.id, level_id): _cell(c, level_id, frozenset()) for c in criteria for level_id in level_ids}
    named = {(c.id, level_id): _names(c, level_id) for c in criteria for level_id in level_ids}
    return {key: replace(cell, refers_to=_references(key[0], named[key], plain)) for key, cell in plain.items()}


def build_content(spec: ContentSpec, prefix: str) -> Expectation:
    """Return what a cell or a step says in its own words; `prefix` begins the ids of signals that have none."""
    content = Expectation(
        CellKind.FILLED,
        spec.summary or "",
        build_signals(spec.signals, prefix),
        tuple(Measure(m.id, m.name, m.op, m.value, m.unit or "") for m in spec.measures),
        spec.examples,
        spec.proficiency,
    )
    says = content.summary.strip() or content.signals or content.measures or content.examples or content.proficiency
    return content if says or spec.refers_to else replace(content, kind=CellKind.BLANK)


def build_signals(specs: Iterable[SignalSpec], prefix: str) -> tuple[Signal, ...]:
    """Return signals; one without an id gets the prefix and its place in the list."""
    return tuple(
        Signal(
            spec.id or f"{prefix}.{number}",
            spec.text,
            spec.examples,
            tuple(Link(link.label or link.url, link.url) for link in spec.links),
            spec.proficiency,
        )
        for number, spec in enumerate(specs, start=1)
    )


def _cell(criterion: CriterionSpec, level_id: str, seen: frozenset[str]) -> Expectation:
    base = build_signals(criterion.all_levels, f"{criterion.id}.all-levels")
    spec = (criterion.at or {}).get(level_id)
    if spec is None or level_id in seen:
        return Expectation(CellKind.ABSENT, base=base)
    if spec.not_defined or spec.blank:
        return Expectation(CellKind.NOT_DEFINED if spec.not_defined else CellKind.BLANK, base=base)
    prefix = f"{criterion.id}.{level_id}"
    if spec.same_as:
        return _repeat(spec, _cell(criterion, spec.same_as, seen | {level_id}), prefix)
    own = replace(build_content(spec, prefix), base=base)
    return _stand_on_step(criterion, spec.step, own) if spec.step else own


def _repeat(spec: CellSpec, other: Expectation, prefix: str) -> Expectation:
    signals = other.signals + build_signals(spec.plus, f"{prefix}.plus")
    kind = CellKind.FILLED if signals else other.kind
    return replace(other, kind=kind, signals=signals, same_as=spec.same_as)


def _stand_on_step(criterion: CriterionSpec, step_id: str, own: Expectation) -> Expectation:
    step = next((step for step in criterion.steps if step.id == step_id), None)
    if step is None:  # an overlay may name a step of the ladder that it lies over
        return own
    content = build_content(step, f"{criterion.id}.step.{step.id}")
    words = "\n\n".join(part for part in (content.summary, own.summary) if part.strip())
    return replace(
        own,
        kind=CellKind.FILLED,
        summary=words or (step.name or step.id),
        signals=content.signals + own.signals,
        measures=content.measures + own.measures,
        examples=content.examples + own.examples,
        proficiency=own.proficiency or content.proficiency,
        step=step.id,
    )


def _names(criterion: CriterionSpec, level_id: str) -> Iterator[ReferenceSpec]:
    spec = (criterion.at or {}).get(level_id)
    seen: set[str] = set()
    while spec is not None and level_id not in seen:
        seen.add(level_id)
        yield from spec.refers_to
        for signal in (*spec.signals, *spec.plus):
            yield from signal.refers_to
        level_id = spec.same_as or ""
        spec = (criterion.at or {}).get(level_id)


def _references(criterion_id: str, named: Iterable[ReferenceSpec], cells: Cells) -> tuple[Reference, ...]:
    found = []
    for name in named:
        key = (name.criterion or criterion_id, name.level)
        if key in cells:  # an overlay may name cells of the ladder that it lies over
            found.append(Reference(key[1], key[0], cells[key].summary))
    return tuple(dict.fromkeys(found))
