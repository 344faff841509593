"""What somebody reads who asked for their data: fields in order, codes in words, short entries as rows."""

from __future__ import annotations

from review.domain.bundle import Entry, Section
from review.domain.bundle_page import Part, order_fields, part_entries, say_value
from review.domain.bundle_words import name_entry
from review.domain.text import text


def entry(key: str, source: str, **fields: str) -> Entry:
    return Entry(key, Section.OWN_WORDS, source, fields)


def own(key: str, **fields: str) -> Entry:
    return entry(f"{key}-case-1", "case.candidate_id", **fields)


def test_what_it_is_comes_first_and_when_it_was_last() -> None:
    fields = {"actual": "5", "created_at": "2026", "done": "Led it", "links": "", "words": "More", "title": "Pilot"}
    assert [name for name, _value in order_fields(fields)] == [
        "title",
        "done",
        "actual",
        "links",
        "words",
        "created_at",
    ]


def test_entries_of_ones_own_case_say_what_they_are() -> None:
    keys = ("self_review-3", "evidence-9", "rating-leadership-R1", "letter", "gap-2", "case")
    assert [name_entry(own(key)).one for key in keys] == [
        "Your self-review",
        "Your evidence",
        "Final rating",
        "Your letter",
        "Something missing",
        "In your case",
    ]
    assert name_entry(entry("evidence-9", "feedback.giver_id")).one == "Your feedback"


def test_short_entries_alike_are_the_rows_of_a_table() -> None:
    mails = [entry(f"message-{id_}", "message.to_person_id", sent_at="2026-09-04", template="asked") for id_ in (1, 2)]
    long = [own(f"self_review-{id_}", body="A line\nand another", criterion_id="leadership") for id_ in (1, 2)]
    assert list(part_entries([*mails, *long])) == [
        Part(text("Mail"), tuple(mails), ("template", "sent_at")),
        Part(text("Your self-review"), tuple(long)),
    ]
    assert list(part_entries(mails[:1])) == [Part(text("Mail"), tuple(mails[:1]))]
    taken = [
        Entry(f"evidence-{id_}-case-1", Section.OWN_WORDS, "case.candidate_id", {}, is_withheld=True) for id_ in (1, 2)
    ]
    assert list(part_entries(taken)) == [Part(text("Your evidence"), tuple(taken))]


def test_codes_are_said_in_words_and_words_stay() -> None:
    mail = entry("message-1", "message.to_person_id", template="data_ready", title="promotion")
    act = entry("audit_event-1", "audit_event.actor_id", kind="case.open")
    said = [
        say_value(mail, "template", "data_ready"),
        say_value(mail, "title", "promotion"),
        say_value(act, "kind", "case.open"),
        say_value(own("case"), "outcome", "not_yet"),
        say_value(own("case"), "kind", "promotion"),
    ]
    assert [getattr(each, "one", each) for each in said] == [
        "Your data is ready",
        "promotion",
        "Opened the case",
        "Not yet",
        "Promotion",
    ]
