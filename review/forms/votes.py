"""What a member sends in: a ballot, criterion by criterion, and notes of the discussion."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from werkzeug.datastructures import MultiDict
from wtforms import SelectField
from wtforms.validators import Optional

from review.domain.ballot import BallotDraft, LineDraft
from review.domain.errors import Fault
from review.forms.base import TextField, VersionedForm, _, clean_text

LONGEST_SENT = 4_000_000
CANNOT_JUDGE = "0"


class NoteForm(VersionedForm):
    """A note of the discussion."""

    note = TextField(_("Note"), longest=LONGEST_SENT)
    criterion = SelectField(_("About"), validate_choice=False, validators=[Optional()], default="")


def read_ballot(given: MultiDict[str, str], criteria: Iterable[str], anchors: Collection[str]) -> BallotDraft:
    """Return the ballot that was sent: fields rating-, reason- and cites-<criterion>, overall, confidence, reason.

    Args:
        anchors: keys of what can be cited; others are kept as sent, to be refused.
    """
    return BallotDraft(
        lines={each: _read_line(given, each, anchors) for each in criteria},
        overall=given.get("overall") or None,
        confidence=given.get("confidence") or None,
        reason=clean_text(given.get("reason")),
    )


def read_version(given: MultiDict[str, str]) -> int:
    """Return the version that a form was written from, 0 for a new one or nonsense."""
    sent = given.get("version", "")
    return int(sent) if sent.isdecimal() and len(sent) < 10 else 0


def group_faults(faults: Iterable[Fault]) -> Mapping[str, Fault]:
    """Return the first fault of each field."""
    found: dict[str, Fault] = {}
    for fault in faults:
        found.setdefault(fault.field or "", fault)
    return found


def _read_line(given: MultiDict[str, str], criterion: str, anchors: Collection[str]) -> LineDraft:
    sent = given.get(f"rating-{criterion}", "")
    cited = dict.fromkeys(given.getlist(f"cites-{criterion}"))
    return LineDraft(
        value=int(sent) if sent.isdecimal() and sent != CANNOT_JUDGE and len(sent) < 3 else None,
        cannot_judge=sent == CANNOT_JUDGE,
        reason=clean_text(given.get(f"reason-{criterion}")),
        anchors=tuple(sorted(cited, key=lambda key: list(anchors).index(key) if key in anchors else len(anchors))),
    )
