"""The forms of workflow versions: a proposal, and where live cases go."""

from __future__ import annotations

from collections.abc import Iterable

from werkzeug.datastructures import MultiDict
from wtforms import TextAreaField

from review.domain.errors import Fault
from review.domain.text import text
from review.forms.base import HouseForm, VersionedForm, _

LONGEST_FILE = 200_000
TARGET = "to-"


class ProposalForm(HouseForm):
    """The YAML of a workflow, as it is written: every space counts."""

    source = TextAreaField(_("Workflow file"))

    def to_command(self) -> str | Fault:
        """Return the file, or what is wrong with it before it is read."""
        return _read_file(self.source.data or "")


class DraftForm(VersionedForm):
    """The same while it is written, with the version of the draft that was written on."""

    source = TextAreaField(_("Workflow file"))

    def to_command(self) -> str | Fault:
        """Return the file, or what is wrong with it before it is read."""
        return _read_file(self.source.data or "")


def read_targets(values: MultiDict[str, str], tokens: Iterable[str]) -> dict[str, str]:
    """Return the renaming map that a form holds: for each token, the state it was sent to."""
    given = {token: values.get(f"{TARGET}{token}", "").strip() for token in tokens}
    return {token: target for token, target in given.items() if target}


def _read_file(given: str) -> str | Fault:
    source = given.replace("\r\n", "\n")
    if not source.strip():
        return Fault(text("Nothing was given"), text("a workflow in the format review-workflow/1"), field="source")
    if len(source) > LONGEST_FILE:
        expected = text("at most %(most)s characters", most=LONGEST_FILE)
        return Fault(text("The file is too long"), expected, field="source")
    return source
