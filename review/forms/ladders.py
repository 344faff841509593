"""The forms of a ladder's draft: what it begins from, its own words, a cell, a level, a criterion, the whole text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, cast

from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import BooleanField, SelectField, TextAreaField
from wtforms.validators import NumberRange, Optional

from review.adapters.file_kinds import find_name_fault, find_text_fault
from review.domain.errors import Fault, Invalid
from review.domain.ladder_cell_words import CellWords, Says
from review.domain.text import text
from review.forms.base import HouseForm, LineField, TextField, VersionedForm, WholeNumberField, _, choices

LONGEST_FILE = 500_000
"""Eight times the longest ladder that is shipped; a longer one would take seconds to read."""
FROM_FILE = "file"
MOST_GRADE = 1_000
SAYS = (
    (Says.WORDS, _("Words of its own")),
    (Says.SAME, _("The same as another level, and more")),
    (Says.NOT_DEFINED, _("Not defined at this level, and the ladder says so")),
    (Says.BLANK, _("Left blank")),
    (Says.ABSENT, _("Nothing: the criterion is not asked here")),
)
KINDS = (
    ("", _("Follows from grades and tracks")),
    ("promotion", _("Promotion")),
    ("track_change", _("Change of track")),
    ("lateral", _("Move to the side")),
    ("step_down", _("Step down")),
    ("entry", _("Entry from another discipline")),
)
_NUMBER = re.compile(r"\d+(\.\d+)?")


class BeginForm(HouseForm):
    """What a draft begins from, and the version that it is to be."""

    source = SelectField(_("Begin with"), default=FROM_FILE)
    file = FileField(_("Ladder file"))
    becomes = LineField(_("New version"), longest=60)

    def read_file(self) -> tuple[str, str]:
        """Return text and name of the file; raise Invalid."""
        found = _read_file(cast("FileStorage | None", self.file.data))
        if isinstance(found, Fault):
            raise Invalid([found])
        return found


class HeadForm(VersionedForm):
    """The ladder's own words."""

    name = LineField(_("Name"), longest=120, is_required=True)
    becomes = LineField(_("Version"), longest=60, is_required=True)
    description = TextField(_("Introduction"))


class CellForm(VersionedForm):
    """What a level asks in a criterion."""

    says = SelectField(_("This cell says"), choices=choices(SAYS))
    summary = TextField(_("Summary"))
    signals = TextField(_("Signals"))
    measures = TextField(_("Measures"))
    examples = TextField(_("Examples"))
    step = SelectField(_("Step"), default="")
    same_as = SelectField(_("The same as"), default="")
    plus = TextField(_("And more"))

    def to_command(self) -> CellWords:
        """Return the words of the cell."""
        data = {name: str(self[name].data or "") for name in CellWords.__dataclass_fields__}
        return CellWords(**data)

    def say_choices(self) -> dict[str, dict[str, str]]:
        """Return value and word of what can be chosen in each list."""
        lists: dict[str, Any] = {"says": self.says, "step": self.step, "same_as": self.same_as}
        return {name: {value: str(word) for value, word, *_rest in each.iter_choices()} for name, each in lists.items()}


class LevelForm(VersionedForm):
    """A level's own words."""

    name = LineField(_("Name"), longest=120, is_required=True)
    code = LineField(_("Code"), longest=20)
    track = SelectField(_("Track"), default="")
    grade = WholeNumberField(_("Grade"), validators=[Optional(), NumberRange(0, MOST_GRADE)])
    summary = TextField(_("What the level is"))
    terminal = BooleanField(_("One may stay here for good"))

    def to_values(self) -> dict[str, Any]:
        """Return the values by the keys of a ladder file."""
        names = ("name", "code", "track", "grade", "summary", "terminal")
        return {name: self[name].data for name in names}


class NewLevelForm(LevelForm):
    """A new level and where it stands."""

    level_id = LineField(_("Id"), longest=60)
    after = SelectField(_("Behind"), default="")


class CriterionForm(VersionedForm):
    """A criterion's own words."""

    name = LineField(_("Name"), longest=120, is_required=True)
    description = TextField(_("Description"))
    weight = LineField(_("Weight"), longest=20)
    category = SelectField(_("Category"), default="")
    all_levels = TextField(_("Signals of every level"))

    def to_values(self) -> dict[str, Any]:
        """Return the values by the keys of a ladder file; raise Invalid for a weight that is no number."""
        weight = str(self.weight.data)
        if weight and not _NUMBER.fullmatch(weight):
            raise Invalid(
                [Fault(text("The weight is no number"), text("a number from 0, such as 2 or 0.5"), field="weight")]
            )
        number = None if not weight else float(weight) if "." in weight else int(weight)
        return {"name": self.name.data, "description": self.description.data, "weight": number}


class NewCriterionForm(CriterionForm):
    """A new criterion."""

    criterion_id = LineField(_("Id"), longest=60)


class TextForm(VersionedForm):
    """The whole text of a draft, as it is written: every space counts."""

    source = TextAreaField(_("The ladder as YAML"))

    def to_command(self) -> str:
        """Return the text; raise Invalid for none, or one that is too long."""
        source = (self.source.data or "").replace("\r\n", "\n")
        if not source.strip():
            raise Invalid([Fault(text("Nothing was given"), text("a ladder in the format ladder/1"))])
        if len(source) > LONGEST_FILE:
            raise Invalid([_say_too_long()])
        return source


def read_moves(values: MultiDict[str, str]) -> list[dict[str, str]]:
    """Return the moves of a form, row by row; a row without a level that it leads to is none."""
    rows: Iterable[tuple[str, str, str]] = zip(
        values.getlist("from"), values.getlist("to"), values.getlist("kind"), strict=False
    )
    return [{"from": origin, "to": target, "kind": kind} for origin, target, kind in rows if target]


def _read_file(upload: FileStorage | None) -> tuple[str, str] | Fault:
    """Return the text of the file and its name, or what is wrong with it before it is read as a ladder."""
    if not isinstance(upload, FileStorage) or not upload.filename:
        return Fault(text("No file was chosen"), text("a YAML file in the format ladder/1"))
    data = upload.stream.read()
    fault = find_text_fault(data, upload.filename, text("a YAML file in the format ladder/1"))
    fault = fault or find_name_fault(upload.filename, "yaml")
    if fault is not None:
        return fault
    try:
        source = data.decode("utf-8")
    except UnicodeDecodeError:
        return Fault(text("The file is not text in UTF-8"), text("UTF-8"), upload.filename)
    return (source, upload.filename) if len(source) <= LONGEST_FILE else _say_too_long()


def _say_too_long() -> Fault:
    return Fault(text("The file is too long"), text("at most %(most)s characters", most=LONGEST_FILE))
