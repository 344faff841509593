"""Forms about personal data: for whom, what is taken out, what is held, erased, and why."""

from __future__ import annotations

from wtforms import DateField
from wtforms.validators import Optional

from review.forms.base import LineField, TextField, VersionedForm, _

LONGEST_SENT = 4_000_000


class ForSomebodyForm(VersionedForm):
    """Asking for the data of somebody who cannot do it themselves."""

    person = LineField(_("E-mail, number or whole name"), longest=LONGEST_SENT)


class TakeOutForm(VersionedForm):
    """Words that are taken out of an entry, and why."""

    words = TextField(_("Words to take out, sign for sign"), longest=LONGEST_SENT)
    reason = TextField(_("Why"), longest=LONGEST_SENT)


class HoldForm(VersionedForm):
    """A hold on a person or a case."""

    about = LineField(_("Number of a case, or e-mail, number or whole name of a person"), longest=LONGEST_SENT)
    reason = TextField(_("Why nothing of it may go"), longest=LONGEST_SENT)
    until_on = DateField(_("Until"), validators=[Optional()])


class ErasureForm(VersionedForm):
    """Whom to erase, and why."""

    person = LineField(_("E-mail, number or whole name"), longest=LONGEST_SENT)
    reason = TextField(_("Why"), longest=LONGEST_SENT)
