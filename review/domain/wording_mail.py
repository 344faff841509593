"""How a mail's words are declared: subject, heading, paragraphs and the button, which leads where Dualtrack says."""

from __future__ import annotations

from review.domain.text import Text, text
from review.domain.wording import LONGEST_BODY, Field, Piece, Room

LONGEST_BUTTON = 40
EVERYWHERE = ("reader", "company")
"""What every mail knows."""
OF_CASE = ("candidate", "case", "Case", "code", "cycle")
"""What a mail about a case knows besides, where its reader may know whose case it is."""


def mail(
    piece_id: str,
    room: Room,
    *,
    to: Text,
    when: Text,
    subject: Text,
    body: tuple[Text, ...],
    button: Text | None,
    heading: Text | None = None,
    names: tuple[str, ...] = (),
    may_miss: tuple[str, ...] = (),
) -> Piece:
    """Declare a mail as it is shipped.

    Args:
        button: None for a mail that leads nowhere.
        heading: the subject once more, where it is left out.
        names: what may be filled in besides reader and company. The subject, which stands in lists of mails, names
            nobody: there the company alone.
    """
    known = (*EVERYWHERE, *names)
    fields = [
        Field("subject", text("Subject"), (subject,), ("company",)),
        Field("heading", text("Heading"), (heading or subject,), known),
        Field("body", text("Paragraphs"), body, known, may_miss, is_body=True, longest=LONGEST_BODY),
    ]
    if button is not None:
        fields.append(Field("button", text("Words on the button"), (button,), longest=LONGEST_BUTTON))
    return Piece(piece_id, room, subject, to, when, tuple(fields))
