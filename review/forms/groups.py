"""What groups of people are compared by: an attribute with its purpose, and the file that fills it."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired

from review.forms.base import HouseForm, LineField, TextField, _

LONGEST_NAME, LONGEST_WORDS = 60, 1_000


class AttributeForm(HouseForm):
    """An attribute: what it is called here and in a people file, why it is compared, and what allows it."""

    name = LineField(_("What it is called"), longest=LONGEST_NAME)
    column = LineField(_("Column of the people file"), longest=LONGEST_NAME)
    purpose = TextField(_("What it is compared for"), longest=LONGEST_WORDS)
    agreed_in = LineField(_("What allows it"), longest=LONGEST_NAME * 3)


class FillForm(HouseForm):
    """The file whose column says who is in which group."""

    file = FileField(_("People file"), validators=[FileRequired(_("Choose a file"))])

    def to_file(self) -> tuple[bytes, str]:
        """Return the bytes and the name."""
        return self.file.data.read(), self.file.data.filename or "file"
