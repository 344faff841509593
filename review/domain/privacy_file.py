"""The company's rules for personal data: the day of an answer, what erasure takes, how long each kind is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from review.domain.errors import Fault
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow_finding import one_of
from review.domain.yaml_text import Document, read_yaml

SCHEMA = "review-privacy/1"
MOST_DAYS = 36_500
MOST_MONTHS = 12


class Kind(StrEnum):
    """A kind of data with a clock of its own."""

    VOTES_AND_NOTES = "votes_and_notes"
    FEEDBACK_TEXT = "feedback_text"
    DRAFTS = "drafts"
    MAILS = "mails"
    SIGN_INS = "sign_ins"
    FAILED_SIGN_INS = "failed_sign_ins"
    FORM_KEYS = "form_keys"
    PRINT_COPIES = "print_copies"
    BOOKS = "books"
    CLOSED_CASES = "closed_cases"
    PAST_CASES = "past_cases"
    EXAMPLE_RATINGS = "example_ratings"
    HOOK_CALLS = "hook_calls"


class FeedbackGiven(StrEnum):
    """What becomes of what an erased person wrote about colleagues."""

    KEEP = "keep"
    REMOVE = "remove"


@dataclass(frozen=True)
class Clock:
    """How many days something is kept, and why so long."""

    after_days: int
    why: str


@dataclass(frozen=True)
class PrivacyRules:
    """What a company has decided for personal data."""

    months_to_answer: int
    days_to_download: int
    feedback_given: FeedbackGiven
    clocks: Mapping[Kind, Clock]


Path = tuple[str, ...]
NUMBERS: tuple[tuple[Path, int, int], ...] = (
    (("subject_access", "months_to_answer"), 1, MOST_MONTHS),
    (("subject_access", "days_to_download"), 1, 365),
    *((("retention", kind.value, "after_days"), 1, MOST_DAYS) for kind in Kind),
)
KEYS: Mapping[Path, tuple[str, ...]] = {
    (): ("schema", "subject_access", "erasure", "retention"),
    ("subject_access",): ("months_to_answer", "days_to_download"),
    ("erasure",): ("feedback_given",),
    ("retention",): tuple(Kind),
    **{("retention", kind.value): ("after_days", "why") for kind in Kind},
}


def parse_privacy(source: str, file: str) -> PrivacyRules | tuple[Fault, ...]:
    """Read the rules from YAML; return every fault, with its place in the file, instead of rules."""
    document = read_yaml(source, file)
    if not isinstance(document, Document):
        return document
    faults = tuple(_find_faults(document))
    if faults:
        return faults
    data: dict[str, Any] = document.data
    return PrivacyRules(
        months_to_answer=data["subject_access"]["months_to_answer"],
        days_to_download=data["subject_access"]["days_to_download"],
        feedback_given=FeedbackGiven(data["erasure"]["feedback_given"]),
        clocks={kind: Clock(**data["retention"][kind.value]) for kind in Kind},
    )


def _find_faults(document: Document) -> Iterator[Fault]:
    whole = tuple(_find_shape_faults(document))
    yield from whole
    if whole:
        return
    if document.data["schema"] != SCHEMA:
        yield document.fault(("schema",), text("this is another format"), text("%(name)s", name=SCHEMA))
    for path, least, most in NUMBERS:
        value = _at(document.data, path)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            expected = text("a whole number from %(least)s to %(most)s", least=least, most=most)
            yield document.fault(path, text("this cannot stand here"), expected)
    given = document.data["erasure"]["feedback_given"]
    if given not in list(FeedbackGiven):
        yield document.fault(
            ("erasure", "feedback_given"), text("this cannot stand here"), one_of(FeedbackGiven, str(given))
        )
    for kind in Kind:
        why = document.data["retention"][kind.value]["why"]
        if not isinstance(why, str) or not why.strip():
            yield document.fault(("retention", kind.value, "why"), text("no reason is given"), text("a sentence"))


def _find_shape_faults(document: Document) -> Iterator[Fault]:
    """Yield what is missing or unknown, part by part from the outside."""
    for path, keys in KEYS.items():
        part = _at(document.data, path)
        if part is None and path:
            continue  # told with the part around it
        if not isinstance(part, dict):
            yield document.fault(path, text("this is no map"), _known(keys))
            continue
        for key in keys:
            if part.get(key) is None:
                yield document.fault(path, text('"%(key)s" is missing', key=key), text("a value for it"))
        for key in part:
            if key not in keys:
                yield document.key_fault(
                    (*path, key), text('the key "%(key)s" is not known here', key=str(key)), _known(keys)
                )


def _at(data: Any, path: Path) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _known(keys: tuple[str, ...]) -> Text:
    return text("%(words)s", words=", ".join(keys))
