"""The sentences that the letter is put together from, as they are shipped; the record comes in between."""

from __future__ import annotations

from review.domain.text import Text, text
from review.domain.wording import LONGEST_BODY, LONGEST_SENTENCE, Field, Piece, Room

TO = text("the candidate")


def _line(field_id: str, label: Text, shipped: Text, *names: str) -> Field:
    return Field(field_id, label, (shipped,), names, longest=LONGEST_SENTENCE)


def _body(field_id: str, label: Text, shipped: Text, *names: str) -> Field:
    return Field(field_id, label, (shipped,), names, is_body=True, longest=LONGEST_BODY)


DECISION = Piece(
    "letter_decision",
    Room.LETTER,
    text("Letter: greeting, decision, closing"),
    TO,
    text("the decision is announced; what is said depends on it"),
    (
        _line("subject_promote", text("Title, promoted"), text("Your promotion to {{level}}"), "level"),
        _line("subject_not_yet", text("Title, not yet"), text("Your case for {{level}}: not yet"), "level"),
        _line("subject_defer", text("Title, deferred"), text("Your case for {{level}}: it comes up again"), "level"),
        _line("greeting", text("Greeting"), text("Dear {{candidate}},"), "candidate"),
        _line(
            "promotion",
            text("Promoted"),
            text("the committee has decided to promote you to {{level}}."),
            "level",
            "cycle",
        ),
        _line(
            "track_change",
            text("Promoted, change of track"),
            text("the committee has decided on your change of track: you become {{level}}."),
            "level",
            "cycle",
        ),
        _line(
            "entry",
            text("Promoted, entry into the ladder"),
            text("the committee has decided that you enter the ladder as {{level}}."),
            "level",
            "cycle",
        ),
        _line(
            "not_yet",
            text("Not yet"),
            text("the committee has decided not to promote you to {{level}} in this cycle: not yet."),
            "level",
            "cycle",
        ),
        _line(
            "defer",
            text("Deferred"),
            text(
                "the committee could not decide on {{level}} in this cycle. Your case comes up again in the next one."
            ),
            "level",
            "cycle",
        ),
        _line("effective", text("From when on, after a promotion"), text("This counts from {{day}}."), "day"),
        _line("decided", text("When it was decided"), text("It was decided on {{day}}, in {{cycle}}."), "day", "cycle"),
        _body("closing", text("Closing"), text("For {{committee}}"), "committee"),
    ),
)
RECORD = Piece(
    "letter_record",
    Room.LETTER,
    text("Letter: what was asked, seen and is missing"),
    TO,
    text("around the words of the ladder and of the decision"),
    (
        _line("asked_head", text("Heading: what was asked"), text("What was asked")),
        _body(
            "asked",
            text("Before the criteria"),
            text("The committee compared your packet with what the ladder asks of {{level}}:"),
            "level",
        ),
        _line("seen_head", text("Heading: what was seen"), text("What was seen")),
        _body(
            "changed",
            text("Before ratings that the committee changed"),
            text("In these criteria the committee's rating stands, and not your manager's:"),
        ),
        _line("earlier_head", text("Heading: gaps of an earlier case"), text("What was open from an earlier case")),
        _line("gaps_head", text("Heading: what is missing"), text("What is missing")),
        _body(
            "gaps",
            text("Before the gaps"),
            text(
                "The next committee reads these first and must say of each whether it is met. "
                "If it finds something new, it has to call it new."
            ),
        ),
        _line("gap_asks", text("Label: the ladder's sentence"), text("The ladder asks")),
        _line("gap_seen", text("Label: what was seen"), text("Seen")),
        _line("gap_day", text("Label: the day"), text("Looked at again")),
        _line("gap_way", text("Label: the activity"), text("A way to get there")),
    ),
)
APPEAL = Piece(
    "letter_appeal",
    Room.LETTER,
    text("Letter: the appeal"),
    TO,
    text("where an appeal is possible, or one was granted and there is no other"),
    (
        _line("appeal_head", text("Heading"), text("If you do not agree")),
        _body(
            "appeal",
            text("Before the grounds"),
            text("You can appeal once, within {{within}} of the day this letter reaches you, on one of these grounds:"),
            "within",
        ),
        _body(
            "appeal_way",
            text("After the grounds"),
            text("People who did not sit on your case answer it. The way is on the page of your case."),
        ),
        _line("appealed_head", text("Heading, after an appeal was granted"), text("Your appeal")),
        _body(
            "appealed",
            text("After an appeal was granted, where there is no other"),
            text(
                "It was granted: people who had not sat on your case read the same packet, and this is their answer. "
                "It takes the place of the first one. No further appeal is possible. Why it was granted is on the page "
                "of your appeal."
            ),
        ),
    ),
)
PARTS = (DECISION, RECORD, APPEAL)
