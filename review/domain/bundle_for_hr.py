"""What entries, fields and sections of a bundle are called where HR reads about somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from review.domain.bundle import Entry, Rule, Section
from review.domain.bundle_names import Names
from review.domain.bundle_page import read_time, say_value
from review.domain.bundle_words import CASE_WORDS, OWN_CASE, name_entry, name_field
from review.domain.subject_access import RULE_WORDS, SECTION_NAMES
from review.domain.text import Text, text

SECTIONS_FOR_HR: Mapping[Section, Text] = {
    **SECTION_NAMES,
    Section.RECORD: text("What the directory says of them"),
    Section.CASES: text("Their cases"),
    Section.OWN_WORDS: text("What they wrote"),
    Section.RESULTS: text("What they were told: ratings, letters, gaps, growth plan"),
    Section.PARTS: text("Their parts in other people's cases"),
    Section.MAILS: text("Mails that were sent to them"),
    Section.ACTS: text("What they did here, and what was done to their record"),
    Section.PRIVACY: text("Their earlier requests"),
}
RULES_FOR_HR: Mapping[Rule, Text] = {
    **RULE_WORDS,
    Rule.FEEDBACK: text(
        "Feedback about them: neither the words nor who wrote them. Colleagues were told who reads it before they "
        "wrote; the person reads the summary."
    ),
    Rule.RATINGS: text("Ratings of them other than the final one, and the final one before their decision is told."),
    Rule.NAMES: text("Names of other people, other than in texts that they wrote themselves about something else."),
    Rule.OFFICE: text("What they wrote in an office about somebody else's case, beside their feedback and ratings."),
    Rule.RECORD: text("Who did what in the record, and its details; what they did themselves is there."),
}
SOURCES_FOR_HR: Mapping[str, Text] = {
    "person.id": text("Their record"),
    "calendar_feed.person_id": text("Calendar that follows their dates"),
    "hook.owner_id": text("Hook that they registered"),
    "delegation.person_id": text("Somebody acts for them"),
    "delegation.delegate_id": text("They act for somebody"),
    "group_value.person_id": text("Their group, where groups are compared"),
    "conflict.declared_by_id": text("A conflict that they declared"),
    "feedback.giver_id": text("Their feedback"),
    "rating.rater_id": text("Their rating"),
    "example_rating.person_id": text("Their ratings of an example profile"),
    "audit_event.actor_id": text("Done by them"),
    "audit_event.on_behalf_of_id": text("Done for them"),
    "audit_event.subject_id": text("Done to their record"),
    "subject_request.person_id": text("Request for their data"),
    "case.candidate_id": text("In their case"),
}
OWN_CASE_FOR_HR: Mapping[str, Text] = {
    "self_review": text("Their self-review"),
    "evidence": text("Their evidence"),
    "role_fit": text("Their role-fit sheet"),
    "letter": text("Their letter"),
    "appeal": text("Their appeal"),
}


def name_for_hr(entry: Entry) -> Text:
    """Return what an entry about somebody else is called."""
    kind = entry.key.partition("-")[0]
    if entry.source == OWN_CASE and kind in CASE_WORDS:
        return OWN_CASE_FOR_HR.get(kind, CASE_WORDS[kind])
    return SOURCES_FOR_HR.get(entry.source) or name_entry(entry)


def say_for_hr(entry: Entry, name: str, value: str, names: Names) -> Text | str | date | datetime:
    """Return a value of somebody else's entry in words; a day or moment as what it is."""
    if name == "nomination" and value == "own":
        return text("By themselves")
    return read_time(value) or say_value(entry, name, value, names)


def name_field_for_hr(name: str, names: Names) -> Text | str:
    """Return what a field of somebody else's entry is called."""
    return text("Written by them") if name == "by_yourself" else name_field(name, names)
