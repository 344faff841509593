"""What somebody reads who asked for their data: fields in order, codes in words, short entries as rows."""

from __future__ import annotations

from datetime import UTC, date, datetime

from review.domain.bundle import Bundle, Entry, Section, read_bundle, write_bundle
from review.domain.bundle_for_hr import RULES_FOR_HR, SECTIONS_FOR_HR, name_field_for_hr, name_for_hr, say_for_hr
from review.domain.bundle_names import collect_names
from review.domain.bundle_page import Part, order_fields, part_entries, say_value
from review.domain.bundle_words import CASE_WORDS, FIELD_WORDS, SOURCE_WORDS, name_entry, name_field
from review.domain.text import text
from tests.factories import WORKFLOWS, read_ladder


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
        say_value(mail, "template", "data_ready", {}),
        say_value(mail, "title", "promotion", {}),
        say_value(act, "kind", "case.open", {}),
        say_value(own("case"), "outcome", "not_yet", {}),
        say_value(own("case"), "kind", "promotion", {}),
        say_value(entry("rating-1", "rating.rater_id"), "round", "first", {}),
        say_value(entry("feedback-1", "feedback.giver_id"), "state", "frozen", {}),
        say_value(entry("rating_line-1", "rating.rater_id"), "cannot_judge", "I was away", {}),
    ]
    assert [getattr(each, "one", each) for each in said] == [
        "Your data is ready",
        "promotion",
        "Opened the case",
        "Not yet",
        "Promotion",
        "First view",
        "Handed in, and in the packet",
        "I was away",
    ]


NAMES = collect_names([read_ladder(WORKFLOWS / "ladders" / "product-management.yaml")[1]])


def test_ids_of_a_ladder_are_said_by_their_names() -> None:
    past = entry("past_case-1", "past_case.person_id", ratings="hard-skills 4, no-longer-there 3")
    said = [
        say_value(own("gap-1"), "criterion_id", "cross-functionality", NAMES),
        say_value(own("gap-1"), "criterion_id", "no-longer-there", NAMES),
        say_value(past, "to_level_id", "staff-pm", NAMES),
        say_value(past, "track_id", "ic", NAMES),
        say_value(past, "ratings", past.fields["ratings"], NAMES),
        say_value(own("evidence-1"), "title", "staff-pm", NAMES),
    ]
    assert said == [
        "Cross-functionality",
        "no-longer-there",
        "IC4 Staff PM",
        "Individual contributor",
        "Hard skills 4, no-longer-there 3",
        "staff-pm",
    ]
    assert [name_field(f"answer_{key}", NAMES) for key in ("no-longer-there", *NAMES["question"])][:2] == [
        "no-longer-there",
        next(iter(NAMES["question"].values())),
    ]


def test_names_are_kept_with_a_bundle_and_an_older_one_has_none() -> None:
    bundle = Bundle("Iris Vance", "Tarnfield", "2026-11-16T08:00+01:00", (), names=NAMES)
    written = write_bundle(bundle).decode()
    assert read_bundle(written) == bundle
    assert read_bundle(write_bundle(bundle).decode().replace('"names":', '"other":')).names == {}


def test_hr_reads_about_somebody_else() -> None:
    letter, mail, act = own("letter"), entry("m", "message.to_person_id"), entry("a", "audit_event.actor_id")
    assert [name_for_hr(each).one for each in (letter, own("gap-1"), own("case"), mail, act)] == [
        "Their letter",
        "Something missing",
        "In their case",
        "Mail",
        "Done by them",
    ]
    assert [
        say_for_hr(letter, "released_at", "2026-11-16T08:00+01:00", {}),
        say_for_hr(letter, "on", "2026-11-16", {}),
    ] == [
        datetime(2026, 11, 16, 7, 0, tzinfo=UTC),
        date(2026, 11, 16),
    ]
    assert say_for_hr(own("case"), "nomination", "own", {}) == text("By themselves")
    assert say_for_hr(letter, "criterion_id", "hard-skills", NAMES) == "Hard skills"


def test_hr_is_nowhere_told_of_themselves() -> None:
    entries = [Entry("x", Section.ACTS, source, {}) for source in SOURCE_WORDS] + [own(key) for key in CASE_WORDS]
    fields = (name_field_for_hr(name, {}) for name in FIELD_WORDS)
    said = [*map(name_for_hr, entries), *SECTIONS_FOR_HR.values(), *RULES_FOR_HR.values(), *fields]
    assert [str(each) for each in said if {"you", "your"} & set(str(each).casefold().replace(";", " ").split())] == []
