"""What the kinds of data with a clock are called, and what an erasure takes."""

from __future__ import annotations

from collections.abc import Mapping

from review.domain.privacy_file import Kind
from review.domain.text import Text, text

KIND_WORDS: Mapping[str, Text] = {
    Kind.VOTES_AND_NOTES: text("Words of votes and notes"),
    Kind.FEEDBACK_TEXT: text("Words of feedback"),
    Kind.DRAFTS: text("Drafts never handed in"),
    Kind.MAILS: text("Mails"),
    Kind.SIGN_INS: text("Sign-ins"),
    Kind.FAILED_SIGN_INS: text("Failed sign-ins"),
    Kind.FORM_KEYS: text("Keys of forms"),
    Kind.PRINT_COPIES: text("Readers’ copies of packets"),
    Kind.BOOKS: text("Books of packets"),
    Kind.CLOSED_CASES: text("Closed cases: words and names"),
    Kind.PAST_CASES: text("Past cases that were brought in"),
    Kind.EXAMPLE_RATINGS: text("Ratings of example profiles"),
    Kind.HOOK_CALLS: text("Calls of webhooks"),
}
WHAT: Mapping[str, Text] = {
    "self_review": text("Self-reviews"),
    "evidence": text("Evidence"),
    "feedback_answer": text("Answers of feedback, about them or by them: the words"),
    "feedback_summary": text("Summaries of feedback"),
    "letter": text("Letters"),
    "packet": text("Sealed packets of their own cases"),
    "packet_file": text("Prints"),
    "packet_copy": text("Copies"),
    "book": text("Books of packets"),
    "discussion_note": text("Notes of their cases"),
    "case_note": text("Notes with steps of their cases"),
    "check_in": text("Check-ins"),
    "growth_item": text("Activities of growth plans"),
    "message": text("Mails in the list"),
    "sign_in": text("Sign-ins"),
    "employment": text("Lines of their history"),
    "role_grant": text("Roles"),
    "delegation": text("Delegations"),
    "opt_out": text("Reasons for not now"),
    "group_value": text("Groups in which they are compared"),
    "eligibility_ruling": text("Let into a cycle by hand, or left out"),
    "past_case": text("Past cases that were brought in"),
    "example_rating": text("Ratings of example profiles"),
    "subject_request": text("Requests for their data"),
    "kept_view": text("Kept lists, by them or of them"),
    "packets_sealed_anew": text("Packets of others, sealed anew without them"),
    "names_in_words_of_others": text("Texts of others in which their name is taken out"),
}
"""By the word of a count; what is not here is told as other rows."""
