"""Turns what the schema refuses into faults with places, in words that say what was expected."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from review.domain import ladder_schema as schema
from review.domain.errors import Fault
from review.domain.text import Text, text
from review.domain.yaml_text import Document, Path

_MAPS: Mapping[str, type[BaseModel]] = {
    "source": schema.SourceSpec,
    "defaults": schema.DefaultsSpec,
    "tracks": schema.TrackSpec,
    "levels": schema.LevelSpec,
    "typical_time": schema.TimeSpec,
    "span": schema.SpanSpec,
    "experience": schema.ExperienceSpec,
    "moves": schema.MoveSpec,
    "scales": schema.ScaleSpec,
    "categories": schema.CategorySpec,
    "criteria": schema.CriterionSpec,
    "by_track": schema.WordingSpec,
    "at": schema.CellSpec,
    "steps": schema.StepSpec,
    "signals": schema.SignalSpec,
    "plus": schema.SignalSpec,
    "all_levels": schema.SignalSpec,
    "measures": schema.MeasureSpec,
    "links": schema.LinkSpec,
    "refers_to": schema.ReferenceSpec,
    "scoring": schema.ScoringSpec,
    "bands": schema.BandSpec,
    "pay_steps": schema.PayStepSpec,
    "overlays": schema.OverlaysSpec,
    "extends": schema.ExtendsSpec,
    "promotion": schema.PromotionSpec,
    "growth_activities": schema.ActivitySpec,
    "role_fit": schema.QuestionSpec,
}
_EXPECTED: Mapping[str, Text] = {
    "string_type": text("text"),
    "int_type": text("a whole number"),
    "int_from_float": text("a whole number"),
    "bool_type": text("true or false"),
    "tuple_type": text("a list"),
    "dict_type": text("a map"),
    "model_type": text("a map"),
    "ladder_id": text("letters, digits, dots, dashes and underscores, beginning with a letter or digit"),
    "ladder_words": text("text that is not empty"),
    "ladder_number": text("a number"),
    "ladder_weight": text("a number from 0"),
    "ladder_url": text("an address that begins with https://, http:// or mailto:"),
    "greater_than_equal": text("a number from 0"),
    "too_short": text("at least one"),
}
_SHORT_FORMS = {"at", "signals", "plus", "all_levels", "scales"}


def explain_errors(error: ValidationError, document: Document) -> Iterator[Fault]:
    """Yield one fault for each thing that the schema refuses, at its place in the text."""
    told: set[tuple[Path, str]] = set()
    for detail in error.errors(include_url=False):
        path = _real_path(detail["loc"], document)
        kind = "alternatives" if path != detail["loc"] and detail["type"] != "missing" else detail["type"]
        if (path, kind) not in told:
            told.add((path, kind))
            yield _SPECIAL.get(detail["type"], _explain_value)(detail, path, document)


def _real_path(loc: Path, document: Document) -> Path:
    """Return the part of an error's location that is in the text; the rest names alternatives of a type."""
    value: Any = document.data
    for depth, part in enumerate(loc):
        is_inside = part in value if isinstance(value, dict) else isinstance(value, list) and part in range(len(value))
        if not is_inside:
            return loc[:depth]
        value = value[part]
    return loc


def _explain_unknown(detail: ErrorDetails, path: Path, document: Document) -> Fault:
    key = str(path[-1])
    holder = next((_MAPS[str(part)] for part in reversed(path[:-1]) if part in _MAPS), schema.LadderSpec)
    known = sorted(field.alias or name for name, field in holder.model_fields.items())
    close = difflib.get_close_matches(key, known, n=1)
    expected = text("%(key)s, or your own keys under x:", key=close[0]) if close else _one_of(known)
    return document.key_fault(path, text('the key "%(key)s" is not known here', key=key), expected)


def _one_of(known: list[str]) -> Text:
    return text("one of %(keys)s; your own keys under x:", keys=", ".join(key for key in known if key != "x"))


def _explain_missing(detail: ErrorDetails, path: Path, document: Document) -> Fault:
    key = str(detail["loc"][-1])
    return document.fault(path, text("%(key)s is missing", key=key), text("the key %(key)s", key=key))


def _explain_text(detail: ErrorDetails, path: Path, document: Document) -> Fault:
    written = document.written(path)
    if written and not isinstance(detail["input"], str) and path == detail["loc"]:
        what = _misread(written, detail["input"])
        return document.fault(path, what, text('it in quotes: "%(written)s"', written=written))
    return _explain_value(detail, path, document)


def _misread(written: str, value: Any) -> Text:
    if isinstance(value, bool):
        return text("%(written)s without quotes is read as true or false", written=written)
    return text("%(written)s without quotes is read as the number %(value)s", written=written, value=value)


def _explain_choice(detail: ErrorDetails, path: Path, document: Document) -> Fault:
    if path[-1:] == ("reviewer_min_grade",):
        return document.fault(path, _not_allowed(detail["input"]), text("target, or a grade"))
    allowed = str(detail.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ")
    return document.fault(path, _not_allowed(detail["input"]), text("one of: %(names)s", names=allowed))


def _explain_value(detail: ErrorDetails, path: Path, document: Document) -> Fault:
    expected = _EXPECTED.get(detail["type"]) or text("%(rule)s", rule=detail["msg"])
    if detail["type"] == "model_type" and _SHORT_FORMS & set(path[-2:]):
        expected = text("a list, or a map") if "scales" in path[-2:] else text("text, or a map")
    return document.fault(path, _not_allowed(detail["input"]), expected)


def _not_allowed(value: Any) -> Text:
    if value is None:
        return text("nothing stands here")
    if isinstance(value, dict):
        return text("a map cannot stand here")
    if isinstance(value, list | tuple):
        return text("a list cannot stand here") if value else text("an empty list cannot stand here")
    shown = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return text('"%(value)s" cannot stand here', value=shown if len(shown) <= 60 else f"{shown[:57]}…")


_SPECIAL: Mapping[str, Callable[[ErrorDetails, Path, Document], Fault]] = {
    "extra_forbidden": _explain_unknown,
    "missing": _explain_missing,
    "string_type": _explain_text,
    "literal_error": _explain_choice,
}
