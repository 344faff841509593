"""Asking to be let into a case that one is out of."""

from __future__ import annotations

from review.forms.base import LineField, TextField, VersionedForm, _

LONGEST_SENT = 4_000_000


class AccessForm(VersionedForm):
    """Which case, and why."""

    code = LineField(_("Number of the case"), longest=LONGEST_SENT)
    reason = TextField(_("What has to be read, and why nobody else can"), longest=LONGEST_SENT)
