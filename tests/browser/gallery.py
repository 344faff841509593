"""A page that shows every part once; registered in the test's app only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, render_template
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField

from review.domain.text import text
from review.domain.workflow import Option, Reason
from review.forms.base import LineField, TextField, VersionedForm, choices
from review.web.answers import answer_saved
from review.web.guards import current_now, public, requires

bp = Blueprint("gallery", __name__, template_folder=str(Path(__file__).parent))
CHOICES = choices([("a", "One"), ("b", "Another"), ("c", "A third")])


@dataclass(frozen=True)
class Level:
    """A level as the macros take it."""

    code: str
    name: str
    is_people_manager: bool
    pieces: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Step:
    """A stage as the stepper takes it."""

    title: str
    detail: str
    state: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class LogRow:
    """A line of a record."""

    at: str
    who: str
    words: str


class GalleryForm(VersionedForm):
    """One field of each type."""

    situation = TextField("The situation", is_required=True)
    title = LineField("A title")
    kind = SelectField("Kind", choices=CHOICES)
    is_sure = BooleanField("I have checked it")
    choice = RadioField("What does the committee decide?", choices=CHOICES)
    several = SelectMultipleField("Which of these?", choices=CHOICES)


OPTIONS = (
    Option("send", "Send packet", "case", "sent", True, (), (), None, False, "none"),
    Option("return", "Give it back", "case", "draft", True, (), (), None, True, "required"),
    Option(
        "seal",
        "Seal packet",
        "case",
        "sealed",
        False,
        (Reason(False, text("The rating of leadership is missing."), "manager"),),
        (
            Reason(True, text("%(have)s answers are in; %(need)s are needed", have=3, need=3)),
            Reason(False, text("The rating of leadership is missing."), "manager"),
        ),
        None,
        False,
        "none",
    ),
)


@bp.get("/gallery")
@requires("signed_in")
def show() -> str:
    """Show every part."""
    form = GalleryForm()
    form.situation.errors = ["Say what was going on"]
    return render_template("gallery.html", form=form, **_parts())


@bp.post("/gallery/save")
@requires("signed_in")
def save() -> Response:
    """Take what was typed."""
    form = GalleryForm()
    return answer_saved("/gallery", version=int(form.version.data or 0) + 1, now=current_now())


@bp.get("/")
@public
def home() -> str:
    """Stand in for the first page."""
    return render_template("base.html")


@bp.post("/gallery/act")
@requires("signed_in")
def act() -> Response:
    """Do an action."""
    flash("Done.")
    return redirect("/gallery", 303)


def _parts() -> dict[str, Any]:
    start = Level("IC3", "Senior PM", False, (("", "Works smoothly with one commercial partner."),))
    asked = (("", "Brings together functions "), ("ins", "with different goals"), ("", "."))
    return {
        "start": start,
        "target": Level("M4", "Group PM", True, asked),
        "steps": (
            Step("Nominated", "5 Oct", "done"),
            Step("Feedback and rating", "Until Fri 13 Nov", "now", ("Feedback: being written",)),
            Step("Voting", "Until Wed 25 Nov", "next"),
        ),
        "before": {2: 1, 3: 3, 4: 2},
        "after": {3: 2, 4: 4},
        "rows": [("Ines Example", 3, 4), ("Wen Sample", 1, 2), ("Kai Specimen", 5, 5)],
        "options": OPTIONS,
        "due_on": date(2026, 11, 19),
        "today": date(2026, 11, 16),
        "record": [LogRow("18 Nov 09:00", "Sanna Example", "sealed the packet"), LogRow("10 Nov 09:41", "", "opened")],
    }
