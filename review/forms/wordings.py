"""The form of a mail's or a letter part's words: one field for each text, as it is written."""

from __future__ import annotations

from functools import cache

from wtforms import SelectField, StringField, TextAreaField

from review.domain.letter_sample import OUTCOMES
from review.domain.text import text
from review.domain.wording import LONGEST_LINE, Field, Piece
from review.forms.base import VersionedForm, choices

DATED = (("y", text("with a day")), ("", text("without a day")))


class WordsForm(VersionedForm):
    """The texts of one piece; they are judged by the service, which says where something is to be put right."""

    def to_command(self, piece: Piece) -> dict[str, str]:
        """Return what was typed, text by text."""
        return {each.id: str(self[each.id].data or "") for each in piece.fields}


@cache
def words_form(piece: Piece) -> type[WordsForm]:
    """Return the form of a piece: its texts, and what its preview is made with."""
    fields: dict[str, object] = {each.id: _field(each) for each in piece.fields}
    if piece.is_letter:
        pairs = choices((value, words.one) for value, words in OUTCOMES.items())
        fields["outcome"] = SelectField(text("Show it for").one, choices=pairs, default="not_yet")
    elif any("due" in each.may_miss for each in piece.fields):
        pairs = choices((value, words.one) for value, words in DATED)
        fields["dated"] = SelectField(text("Show it").one, choices=pairs, default="y")
    return type("PieceForm", (WordsForm,), fields)


def _field(about: Field) -> StringField:
    kind = TextAreaField if about.is_body or about.longest > LONGEST_LINE else StringField
    return kind(about.label.one)
