"""The make-up of committees: what HR asks for, and the proposal as HR left it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wtforms.validators import NumberRange, Optional

from review.domain.make_up import LARGEST, Part, Place
from review.forms.base import HouseForm, TextField, WholeNumberField, _, clean_line
from review.queries.make_up import MOST_COMMITTEES, Asked
from review.services.committees_make_up import Chosen

PLACE = re.compile(r"place_(-?\d{1,9})_(\d{1,9})")
LEAST, MOST_CASES, MOST_SEED = 3, 1000, 999_999
MOST_PEOPLE = 400


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


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 10


def _within(value: str | None, least: int, most: int) -> int | None:
    return int(value) if value and _is_number(value) and least <= int(value) <= most else None
