"""What the candidate sends in: a self-review on one criterion, and evidence.

Lengths and addresses are judged by review.domain.evidence_draft; its faults come back beside the fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import SelectMultipleField

from review.domain.evidence_draft import MOST_LINKS, EvidenceDraft, EvidenceLink, Tag
from review.forms.base import LineField, TextField, VersionedForm, _
from review.queries.evidence import EvidenceRow

LONGEST_SENT = 4_000_000
"""What a field lets through to be judged and given back whole; the app refuses larger requests itself."""


class SelfReviewForm(VersionedForm):
    """The candidate's words on one criterion."""

    self_review = TextField(_("What you did, and what came of it"), longest=LONGEST_SENT)

    def to_command(self) -> str:
        """Return the text."""
        return str(self.self_review.data or "")


class EvidenceForm(VersionedForm):
    """One outcome; the lines for links are `label-0`, `url-0` and so on, tags `criterion` or `criterion/signal`."""

    title = LineField(_("Title"), longest=LONGEST_SENT)
    done = TextField(_("What you did"), longest=LONGEST_SENT)
    effect = TextField(_("What came of it"), longest=LONGEST_SENT)
    measure = LineField(_("What was measured"), longest=LONGEST_SENT)
    baseline = LineField(_("Before"), longest=LONGEST_SENT)
    target = LineField(_("Aimed at"), longest=LONGEST_SENT)
    actual = LineField(_("Reached"), longest=LONGEST_SENT)
    tags = SelectMultipleField(_("What it speaks to"), validate_choice=False)

    @property
    def links(self) -> Sequence[tuple[Any, Any]]:
        """Return the pairs of fields for label and address."""
        return [(self[f"label-{place}"], self[f"url-{place}"]) for place in range(MOST_LINKS)]

    def to_command(self) -> EvidenceDraft:
        """Return what was filled in."""
        return EvidenceDraft(
            title=str(self.title.data or ""),
            done=str(self.done.data or ""),
            effect=str(self.effect.data or ""),
            links=tuple(EvidenceLink(str(label.data or ""), str(url.data or "")) for label, url in self.links),
            measure=str(self.measure.data or ""),
            baseline=str(self.baseline.data or ""),
            target=str(self.target.data or ""),
            actual=str(self.actual.data or ""),
            tags=tuple(_tag(value) for value in self.tags.data or ()),
        )


for _place in range(MOST_LINKS):
    setattr(EvidenceForm, f"label-{_place}", LineField(_("What it is"), longest=LONGEST_SENT))
    setattr(EvidenceForm, f"url-{_place}", LineField(_("Address"), longest=LONGEST_SENT))


def evidence_data(row: EvidenceRow) -> dict[str, Any]:
    """Return the form's data for what is stored."""
    names = ("title", "done", "effect", "measure", "baseline", "target", "actual", "version")
    data: dict[str, Any] = {name: getattr(row, name) for name in names}
    data["tags"] = [str(tag) for tag in row.tags]
    for place, (label, url) in enumerate(row.links[:MOST_LINKS]):
        data |= {f"label-{place}": label, f"url-{place}": url}
    return data


def _tag(value: str) -> Tag:
    criterion, _slash, signal = value.partition("/")
    return Tag(criterion, signal)
