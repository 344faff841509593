"""What a manager or HR sends in as the summary of all answers; its length is judged by the service."""

from __future__ import annotations

from review.forms.base import TextField, VersionedForm, _

LONGEST_SENT = 4_000_000
"""What the field lets through to be judged and given back whole; the app refuses larger requests itself."""


class SummaryForm(VersionedForm):
    """The summary that the candidate reads after the announcement."""

    body = TextField(_("The summary"), longest=LONGEST_SENT)
