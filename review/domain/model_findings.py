"""Turns what a model says of data that does not fit it into findings for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pydantic import ValidationError

from review.domain.text import Text, text
from review.domain.workflow_definition import ShapeError
from review.domain.workflow_finding import Finding, Path


def shape_findings(error: ValidationError, known_keys: Callable[[Path], Text]) -> Iterator[Finding]:
    """Yield a finding for each part that does not fit.

    Args:
        known_keys: says which keys would do at the path of an unknown one.
    """
    for each in error.errors():
        path: Path = tuple(part for part in each["loc"] if part != "[key]")
        given = str(each["input"])
        match each["type"]:
            case "missing":
                yield Finding(path[:-1], text('"%(key)s" is missing', key=str(path[-1])), text("a value for it"), True)
            case "extra_forbidden":
                yield Finding(
                    path, text('the key "%(key)s" is not known here', key=str(path[-1])), known_keys(path), True
                )
            case "string_pattern_mismatch":
                expected = text("small letters, digits and underscores, a letter first")
                yield Finding(path, text('"%(word)s" is not a name', word=given), expected, "[key]" in each["loc"])
            case "literal_error" | "enum":
                expected = text("%(words)s", words=str(each["ctx"]["expected"]).replace("'", ""))
                yield Finding(path, text('"%(word)s" cannot stand here', word=given), expected)
            case "value_error":
                yield _told_by_model(path, each["ctx"]["error"])
            case _:
                yield Finding(path, text("%(what)s", what=each["msg"]))


def _told_by_model(path: Path, error: Exception) -> Finding:
    told = error.what if isinstance(error, ShapeError) else text("%(what)s", what=str(error))
    return Finding(path, told, None, True)
