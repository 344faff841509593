"""The language of changed words: what is filled in, what is left out, and every fault with its place."""

from __future__ import annotations

import re

import pytest

from review.domain.text import text
from review.domain.wording import Field, check_piece, check_text, fill_text, names_of
from review.domain.wording_frame import FRAME
from review.domain.wording_list import PIECES, PLACEHOLDERS, find_mail, keep_fit, words_of

LINE = Field("heading", text("Heading"), (text("Hello"),), ("reader", "candidate"))
BODY = Field("body", text("Paragraphs"), (text("Hello"),), ("reader", "candidate"), ("due",), is_body=True, longest=400)
BUTTON = Field("button", text("Button"), (text("Open"),), longest=40)
VALUES = {"reader": "Carla", "candidate": "Ines Okafor", "due": "Friday"}
UNCLOSED = "braces that are not closed (expected: a name and two closing braces, as in {{reader}})"
NOTHING = "nothing in these brackets can be missing (expected"
NAMES = "(expected: one of: {{reader}}, {{candidate}}, {{due}})"
FAULTS = [
    (BODY, "", ["1:1 body: Nothing is written here (expected: at least a word)"]),
    (LINE, " \n ", ["1:1 heading: Nothing is written here (expected: at least a word)"]),
    (BODY, "Hello\n\nSee {{rating}}.", [f"3:5 body: “{{{{rating}}}}” is not known here {NAMES}"]),
    (BODY, "{{ Reader }}", [f"1:1 body: “{{{{Reader}}}}” is not known here {NAMES}"]),
    (BODY, "{{}}", [f"1:1 body: “{{{{}}}}” is not known here {NAMES}"]),
    (BODY, "{{candidate.manager}}", [f"1:1 body: “{{{{candidate.manager}}}}” is not known here {NAMES}"]),
    (BUTTON, "See {{reader}}", [
        "1:5 button: “{{reader}}” is not known here (expected: words alone: nothing is filled in here)",
    ]),
    (BODY, "a {{reader", [f"1:3 body: {UNCLOSED}"]),
    (BODY, "{{reader\n}}", [
        f"1:1 body: {UNCLOSED}",
        "2:1 body: braces that close nothing (expected: two opening braces and a name before them)",
    ]),
    (BODY, "a {reader} b", ["1:3 body: single braces (expected: two of them: {{reader}})"]),
    (BODY, "x\n{% if due %}", [
        "2:1 body: a sign that is not known here (expected: names in {{ }} and parts in [[ ]] alone)",
        "2:11 body: a sign that is not known here (expected: names in {{ }} and parts in [[ ]] alone)",
    ]),
    (BODY, "by {{due}}", ["1:4 body: “{{due}}” may be missing (expected: brackets around its words: [[{{due}}]])"]),
    (BODY, "[[by {{due}}|by {{due}}]]", [
        "1:17 body: “{{due}}” may be missing (expected: brackets around its words: [[{{due}}]])",
    ]),
    (BODY, "[[Hello {{reader}}]]", ["1:1 body: nothing in these brackets can be missing (expected: one of: {{due}})"]),
    (LINE, "[[Hello]]", [f"1:1 heading: {NOTHING}: no brackets: here everything is always there)"]),
    (BODY, "a [[by {{due}}", ["1:3 body: brackets that are not closed (expected: two closing brackets: ]])"]),
    (BODY, "a ]]", ["1:3 body: brackets that close nothing (expected: two opening brackets before them)"]),
    (BODY, "[[ {{due}} [[ x ]]", ["1:12 body: brackets in brackets (expected: ]] before the next ones)"]),
    (BODY, "[[{{due}}|a|b]]", [
        "1:12 body: a second bar in the same brackets (expected: one bar: before it with, after it without)",
    ]),
    (LINE, "Hello\r\nBcc: all@example.org", ["1:6 heading: the line ends here (expected: one line)"]),
    (LINE, "Hello\rBcc", ["1:6 heading: the line ends here (expected: one line)"]),
    (LINE, "Hello\u2028Bcc", ["1:6 heading: a sign that nobody sees (U+2028) (expected: the words without it)"]),
    (BODY, "a\u202eb", ["1:2 body: a sign that nobody sees (U+202E) (expected: the words without it)"]),
    (BODY, "a\x00", ["1:2 body: a sign that nobody sees (U+0000) (expected: the words without it)"]),
    (BUTTON, "x" * 41, ["1:41 button: This is too long (expected: at most 40 signs)"]),
]  # fmt: skip


@pytest.mark.parametrize(("about", "source", "told"), FAULTS)
def test_what_cannot_be_said_is_told_with_its_place(about: Field, source: str, told: list[str]) -> None:
    assert [str(fault) for fault in check_text(about, source)] == told


@pytest.mark.parametrize(
    ("source", "with_day", "without"),
    [
        ("Dear {{reader}}, [[please by {{due}}.]]", "Dear Carla, please by Friday.", "Dear Carla,"),
        ("[[{{candidate}}: {{due}}|{{candidate}}: later]] | ok", "Ines Okafor: Friday | ok", "Ines Okafor: later | ok"),
        ("a\r\nb\r\n \r\n\r\n{{ reader }}", "a b\n\nCarla", "a b\n\nCarla"),
        ("x { y } % 100 %(name)s \u200fאבג", "x { y } % 100 %(name)s \u200fאבג", "x { y } % 100 %(name)s \u200fאבג"),
        ("<b>{{reader}}</b> $& \\1", "<b>Carla</b> $& \\1", "<b>Carla</b> $& \\1"),
    ],
)
def test_names_are_filled_in_and_a_missing_day_takes_its_sentence_along(
    source: str, with_day: str, without: str
) -> None:
    assert check_text(BODY, source) == ()
    assert fill_text(BODY, source, VALUES) == with_day
    assert fill_text(BODY, source, VALUES | {"due": ""}) == without


def test_a_value_is_never_read_as_words() -> None:
    """A candidate may be called anything: it begins no line, no paragraph and no other name."""
    named = VALUES | {"candidate": "{{reader}}\n\nBcc: [[x]]"}
    assert fill_text(LINE, "For {{candidate}}", named) == "For {{reader}} Bcc: [[x]]"
    assert fill_text(BODY, "For {{candidate}}", named) == "For {{reader}} Bcc: [[x]]"


def test_every_shipped_text_can_be_said_and_names_nothing_that_no_mail_may_name() -> None:
    assert [(piece.id, check_piece(piece, words_of(piece, {}))) for piece in PIECES.values()] == [
        (name, ()) for name in PIECES
    ]
    used = {name for piece in PIECES.values() for name in names_of(piece.fields)}
    assert used == set(PLACEHOLDERS) == {
        "reader", "company", "candidate", "case", "Case", "code", "cycle", "due", "level", "committee", "day", "within",
        "proposal", "why",
    }  # fmt: skip


def test_a_mail_may_name_only_what_its_reader_may_know() -> None:
    """Subjects name nobody; some mails name no case; after the announcement no day tells of an appeal or a plan."""
    mails = [piece for piece in PIECES.values() if not (piece.is_letter or piece.is_frame)]
    assert {piece.fields[0].names for piece in mails} == {("company",)}
    nobody = {piece.id for piece in mails if set(names_of(piece.fields)) == {"reader", "company"}}
    assert nobody == {
        "feedback_cancelled", "outside_cancelled", "mail_test", "password_forgotten", "password_reset",
        "identity_linked", "data_asked", "data_ready", "glass_open", "glass_told", "hook_off", "leavers_hold",
    }  # fmt: skip
    dated = {piece.id for piece in mails if "due" in names_of(piece.fields)}
    letters = {name for name in PIECES if name.startswith(("letter_released", "letter_after_appeal"))}
    assert (len(letters), dated & {*letters, "escalate_plan", "check_in_due"}) == (4, set())
    assert {piece.id for piece in mails if piece.find("button") is None} == {"outside_cancelled"}
    assert not re.search("code|cycle|case", " ".join(names_of(find_mail("outside_asked").fields)))


def test_words_that_no_longer_fit_are_left_out() -> None:
    good = words_of(PIECES["overdue"], {})
    kept = {"overdue": good, "data_ready": {**words_of(PIECES["data_ready"], {}), "body": "{{gone}}"}, "no_mail": good}
    assert keep_fit(kept) == ({"overdue": good}, ("data_ready", "no_mail"))
    missing = {name: words for name, words in good.items() if name != "button"}
    assert [str(fault) for fault in check_piece(PIECES["overdue"], {**missing, "more": "x"})] == [
        "button: this text is missing",
        "more: there is no such text here",
    ]


def test_the_frame_names_nobody_but_its_reader_and_may_leave_out_what_ships_empty() -> None:
    assert set(names_of(FRAME.fields)) == {"company", "reader"}
    shipped = words_of(FRAME, {})
    assert {name for name, words in shipped.items() if not words} == {"sender", "sign_off"}
    assert check_piece(FRAME, shipped) == ()
    assert [str(fault) for fault in check_piece(FRAME, {**shipped, "greeting": " ", "sign_off": "{{case}}"})] == [
        "1:1 greeting: Nothing is written here (expected: at least a word)",
        "1:1 sign_off: “{{case}}” is not known here (expected: one of: {{reader}}, {{company}})",
    ]
