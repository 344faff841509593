"""The make-up of committees: what HR asks for, and the proposal as HR left it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wtforms.validators import NumberRange, Optional

from review.domain.committee_labels import MANY, label_committees
from review.domain.make_up import LARGEST, Part, Place
from review.domain.make_up_changes import Changes, PlaceKey
from review.domain.values import dataclass
from review.forms.base import HouseForm, TextField, WholeNumberField, _, clean_line
from review.queries.make_up import MOST_COMMITTEES, Asked
from review.services.committees_make_up import Chosen

PLACE = re.compile(r"place_(-?\d{1,9})_(\d{1,9})")
LEAST, MOST_CASES, MOST_SEED = 3, 1000, 999_999
MOST_PEOPLE = 400
HAND = "hand"
HAND_PLACE = re.compile(r"p(-?\d{1,9})\.(\d{1,9})(?:\.(-?\d{1,9})\.([cdm]))?", re.ASCII)
HAND_CASE = re.compile(r"c(\d{1,9})\.(-?\d{1,9})", re.ASCII)
PARTS = {part[0]: part for part in Part}


def _number(label: str, least: int, most: int) -> WholeNumberField:
    told = _("A whole number from %(min)s to %(max)s, please")
    return WholeNumberField(label, validators=[Optional(), NumberRange(least, most, message=told)])


class AskForm(HouseForm):
    """How many committees, of which size, with how many cases at most, and who may sit on them."""

    committees = _number(_("Committees"), 1, MOST_COMMITTEES)
    size = _number(_("Members each"), LEAST, LARGEST)
    most = _number(_("At most so many cases each"), 1, MOST_CASES)
    seed = _number(_("Seed"), 0, MOST_SEED)
    people = TextField(_("Who may sit, besides those who sit already"))

    def to_asked(self, people: tuple[int, ...]) -> Asked:
        """Return what is asked for, with the people that were found."""
        return Asked(self.committees.data, self.size.data, self.most.data, self.seed.data, people[:MOST_PEOPLE])


def read_asked(args: Mapping[str, str]) -> Asked:
    """Return what the address asks for; what makes no sense is as if it were not there."""
    return Asked(
        committees=_within(args.get("committees"), 1, MOST_COMMITTEES),
        size=_within(args.get("size"), LEAST, LARGEST),
        most=_within(args.get("most"), 1, MOST_CASES),
        seed=_within(args.get("seed"), 0, MOST_SEED),
        people=tuple(dict.fromkeys(int(each) for each in args.get("people", "").split(".") if _is_number(each))),
    )


def write_asked(asked: Asked) -> dict[str, Any]:
    """Return what is asked for as parts of an address."""
    numbers = {"committees": asked.committees, "size": asked.size, "most": asked.most, "seed": asked.seed}
    people = {"people": ".".join(map(str, asked.people))} if asked.people else {}
    return {name: str(value) for name, value in numbers.items() if value is not None} | people


def read_chosen(form: Mapping[str, str]) -> Chosen:
    """Return the make-up that was sent; a part or a committee that there is not is left for the rules to refuse."""
    places, cases, names = [], {}, {}
    for key, value in form.items():
        if match := PLACE.fullmatch(key):
            number, _colon, part = value.partition(":")
            if part in tuple(Part) and _is_number(number.removeprefix("-")):
                places.append(Place(int(number), int(match[2]), Part(part)))
        elif key.startswith("case_") and _is_number(key.removeprefix("case_")):
            committee = int(value) if _is_number(value.removeprefix("-")) else 0
            cases[int(key.removeprefix("case_"))] = committee or None
        elif key.startswith("name_-") and _is_number(key.removeprefix("name_-")):
            names[-int(key.removeprefix("name_-"))] = clean_line(value)
    return Chosen(tuple(places), cases, names, form.get("seen", ""))


@dataclass(frozen=True)
class Look:
    """Which part of a large make-up is shown: rows with these words, all of them or those that change, and a page."""

    words: str = ""
    is_all: bool = False
    page: int = 1


@dataclass(frozen=True)
class Options:
    """What can be written or chosen for a place and for a case: the value of the field -> its words."""

    places: Mapping[str, str]
    cases: Mapping[str, str]
    is_written: bool


def offer_options(names: Mapping[int, str], parts: Mapping[str, str]) -> Options:
    """Return what the fields of a large make-up offer; where committees are many they are written by name.

    Args:
        parts: what each part of a committee is called.
    """
    labels = label_committees(names)
    places = {
        f"{number}:{part}": f"{label}: {words}" for number, label in labels.items() for part, words in parts.items()
    }
    return Options(places, {str(number): label for number, label in labels.items()}, len(names) > MANY)


def read_look(sent: Mapping[str, str]) -> Look:
    """Return which part is asked for; the page of a button counts before that of the form."""
    page = sent.get("to") or sent.get("page", "")
    return Look(clean_line(sent.get("words")), sent.get("rows") == "all", _within(page, 1, MOST_SEED) or 1)


def write_look(look: Look) -> dict[str, Any]:
    """Return which part is shown as parts of an address."""
    parts = {"words": look.words, "rows": "all" if look.is_all else "", "page": look.page if look.page > 1 else ""}
    return {name: value for name, value in parts.items() if value}


def read_changes(sent: Mapping[str, str], options: Options | None = None) -> tuple[Changes, dict[str, str]]:
    """Return what was changed by hand, and field by field what was written that means nothing.

    Args:
        options: what the fields of rows offer; None reads only what travels along from part to part.
    """
    places, cases = _read_hand(sent.get(HAND, ""))
    unknown: dict[str, str] = {}
    for key, given in sent.items() if options else ():
        if options is None or not (key.startswith("case_") or PLACE.fullmatch(key)):
            continue
        known = options.cases if key.startswith("case_") else options.places
        value = _find_value(known, given, is_written=options.is_written)
        if value is None:
            unknown[key] = given
        elif match := PLACE.fullmatch(key):
            places[int(match[1]), int(match[2])] = _read_place(value)
        elif _is_number(key.removeprefix("case_")):
            cases[int(key.removeprefix("case_"))] = int(value) if value else None
    names = {
        -int(key.removeprefix("name_-")): clean_line(value)
        for key, value in sent.items()
        if key.startswith("name_-") and _is_number(key.removeprefix("name_-"))
    }
    return Changes(places, cases, names), unknown


def write_changes(changes: Changes) -> dict[str, str]:
    """Return what was changed by hand as parts of an address, or fields that travel along."""
    items = [
        f"p{committee}.{person}" + (f".{value[0]}.{value[1][0]}" if value else "")
        for (committee, person), value in changes.places.items()
    ]
    items += [f"c{case}.{home or 0}" for case, home in changes.cases.items()]
    hand = {HAND: "_".join(items)} if items else {}
    return hand | {f"name_{number}": name for number, name in changes.names.items()}


def _read_hand(written: str) -> tuple[dict[PlaceKey, tuple[int, Part] | None], dict[int, int | None]]:
    places: dict[PlaceKey, tuple[int, Part] | None] = {}
    cases: dict[int, int | None] = {}
    for item in written.split("_"):
        if match := HAND_PLACE.fullmatch(item):
            value = (int(match[3]), PARTS[match[4]]) if match[3] else None
            places[int(match[1]), int(match[2])] = value
        elif match := HAND_CASE.fullmatch(item):
            cases[int(match[1])] = int(match[2]) or None
    return places, cases


def _find_value(known: Mapping[str, str], given: str, *, is_written: bool) -> str | None:
    """Return the value of what a field was given, empty for none; None where it means nothing."""
    words = clean_line(given)
    if not words:
        return ""
    if not is_written:
        return "" if words == "0" else words if words in known else None
    return next((value for value, label in known.items() if label.casefold() == words.casefold()), None)


def _read_place(value: str) -> tuple[int, Part] | None:
    number, _colon, part = value.partition(":")
    return (int(number), Part(part)) if value else None


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 10


def _within(value: str | None, least: int, most: int) -> int | None:
    return int(value) if value and _is_number(value) and least <= int(value) <= most else None
