"""What stands around the words of every mail: sender, greeting, sign-off and the lines below, as they are shipped."""

from __future__ import annotations

from review.domain.text import Text, text
from review.domain.wording import LONGEST_SENTENCE, Field, Piece, Room
from review.domain.wording_mail import EVERYWHERE

COMPANY = ("company",)


def _line(field_id: str, label: Text, *shipped: Text, names: tuple[str, ...] = COMPANY) -> Field:
    return Field(field_id, label, shipped, names, longest=LONGEST_SENTENCE)


FRAME = Piece(
    "mail_frame",
    Room.FRAME,
    text("The frame of every mail"),
    text("everybody who gets a mail"),
    text("a mail goes out, around its own words"),
    (
        Field("sender", text("Name of the sender"), (), COMPANY, longest=80, is_optional=True),
        _line("head", text("Line at the top"), text("{{company}}")),
        _line("greeting", text("Greeting"), text("Hello {{reader}},"), names=EVERYWHERE),
        Field("sign_off", text("Sign-off"), (), EVERYWHERE, is_body=True, longest=LONGEST_SENTENCE, is_optional=True),
        _line(
            "footer",
            text("Line below"),
            text("{{company}}. This mail names no ratings, votes or decisions; they stay behind your sign-in."),
        ),
        _line(
            "footer_outside",
            text("Line below, to somebody from outside"),
            text("{{company}}. You get this mail because somebody there asked for your feedback."),
        ),
        _line(
            "note",
            text("Before it, in the mail that carries several"),
            text("This mail comes on working mornings, and only when there is something."),
        ),
        _line("home", text("Words of the link below several"), text("Everything that waits for you")),
    ),
)
"""The sender's name is the one that is set where Dualtrack runs, else the company's, until HR gives another; its
address stays."""
