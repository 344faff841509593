"""Where the database holds a person's number, and what of it is in their bundle: a section, or why it is left out.

A test walks every column that points to a person and finds each here, so that nothing new is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping

from review.domain.bundle import Reader, Rule, Section
from review.domain.values import dataclass

CASE_AND_AUTHOR = ("feedback.text", "feedback.author")


@dataclass(frozen=True)
class Source:
    """A column that holds a person's number, and the fields of its rows that are theirs to have.

    `own`: rows count only where this column, too, holds the person's number. `hides`: names of fields in which the
    candidate of the case is not named.
    """

    table: str
    column: str
    section: Section
    fields: tuple[str, ...]
    reader: Reader = Reader.NOBODY
    things: tuple[str, ...] = ()
    own: str = ""

    @property
    def name(self) -> str:
        """Return the source as it stands with an entry: `table.column`."""
        return f"{self.table}.{self.column}"


HR, CASE, NOBODY = Reader.HR, Reader.CASE, Reader.NOBODY
SOURCES: tuple[Source, ...] = (
    Source("employment", "person_id", Section.HISTORY, ("from_on", "until_on", "title", "function", "level_id"), HR),
    Source("scim_user", "person_id", Section.RECORD, ("user_name", "external_id", "document"), HR),
    Source("role_grant", "person_id", Section.ACCESS, ("role", "granted_at"), HR),
    Source("identity", "person_id", Section.ACCESS, ("issuer", "subject", "linked_at")),
    Source("sign_in", "person_id", Section.ACCESS, ("created_at", "last_seen_at", "ended_at")),
    Source("password_reset", "person_id", Section.ACCESS, ("until_at", "used_at")),
    Source("calendar_feed", "person_id", Section.ACCESS, ("created_at",)),
    Source(
        "api_token", "person_id", Section.ACCESS, ("name", "scopes", "made_at", "used_at", "until_at", "revoked_at")
    ),
    Source("hook", "owner_id", Section.ACCESS, ("name", "form", "made_at", "off_at")),
    Source("delegation", "person_id", Section.PARTS, ("from_on", "until_on", "reason", "ended_at"), HR),
    Source("delegation", "delegate_id", Section.PARTS, ("from_on", "until_on", "ended_at"), HR),
    Source("committee_member", "person_id", Section.PARTS, ("role",), HR),
    Source("seat", "person_id", Section.PARTS, ("role", "entered_at", "opened_at")),
    Source("case", "manager_id", Section.PARTS, ("kind", "created_at")),
    Source("case", "second_rater_id", Section.PARTS, ("kind", "created_at")),
    Source("case", "nominated_by_id", Section.PARTS, ("kind", "nomination", "nomination_reason", "created_at")),
    Source("opt_out", "person_id", Section.OWN_WORDS, ("reason", "at")),
    Source("eligibility_ruling", "person_id", Section.PARTS, ("ruling", "reason", "ruled_at"), HR),
    Source(
        "past_case",
        "person_id",
        Section.RESULTS,
        ("cycle", "announced_on", "from_level_id", "to_level_id", "track_id", "outcome", "reason", "ratings"),
        HR,
    ),
    Source("group_value", "person_id", Section.RECORD, ("compared_by", "group_name")),
    Source("case_note", "author_id", Section.OWN_WORDS, ("action", "body", "at")),
    Source("conflict", "declared_by_id", Section.OWN_WORDS, ("kind", "reason", "declared_at"), own="person_id"),
    Source("emergency_access", "person_id", Section.OWN_WORDS, ("code", "reason", "asked_at", "until_at")),
    Source("feedback", "proposed_by_id", Section.OWN_WORDS, ("note", "entered_at")),
    Source(
        "feedback",
        "giver_id",
        Section.OWN_WORDS,
        ("function", "state", "entered_at", "submitted_at", "decline_kind", "decline_text"),
        CASE,
        CASE_AND_AUTHOR,
    ),
    Source("rating", "rater_id", Section.OWN_WORDS, ("round", "created_at", "locked_at")),
    Source("example_rating", "person_id", Section.OWN_WORDS, ("title", "ratings", "rated_at")),
    Source("kept_view", "person_id", Section.OWN_WORDS, ("name", "address", "created_at")),
    Source("message", "to_person_id", Section.MAILS, ("template", "sent_at")),
    Source("book", "person_id", Section.ACTS, ("asked_at", "made_at", "page_count")),
    Source("packet_copy", "person_id", Section.ACTS, ("number", "name", "made_at")),
    Source("bulk_step", "person_id", Section.ACTS, ("step", "asked_at", "ended_at")),
    Source("audit_event", "actor_id", Section.ACTS, ("at", "kind")),
    Source("audit_event", "on_behalf_of_id", Section.ACTS, ("at", "kind")),
    Source("subject_request", "person_id", Section.PRIVACY, ("asked_at", "due_on", "state", "released_at"), HR),
)
"""What is read row by row. The person's own row and their own cases are gathered by hand: see READ_BY_HAND."""

READ_BY_HAND: Mapping[str, str] = {
    "person.id": "the record in the directory",
    "case.candidate_id": "one's own cases, as far as the table of rights lets a candidate read them in their phase",
}

OFFICE = (
    "Done in an office: what was done and when is among one's own acts; the words are the record of somebody else's "
    "case."
)
LEFT_OUT: Mapping[str, tuple[Rule, str]] = {
    "person.manager_id": (Rule.NAMES, "Says who reports to somebody: data of those people."),
    "employment.manager_id": (Rule.NAMES, "Says who reported to somebody: data of those people."),
    "delegation.created_by_id": (Rule.OFFICE, "The delegation itself is there; who entered it is an act."),
    "ladder_draft.begun_by_id": (Rule.OFFICE, OFFICE),
    "ladder_draft.saved_by_id": (Rule.OFFICE, OFFICE),
    "ladder_draft.proposed_by_id": (Rule.OFFICE, OFFICE),
    "ladder_draft.returned_by_id": (Rule.OFFICE, OFFICE),
    "ladder_version.proposed_by_id": (Rule.OFFICE, OFFICE),
    "ladder_version.published_by_id": (Rule.OFFICE, OFFICE),
    "wording_version.saved_by_id": (Rule.OFFICE, OFFICE),
    "wording_version.published_by_id": (Rule.OFFICE, OFFICE),
    "workflow_version.proposed_by_id": (Rule.OFFICE, OFFICE),
    "workflow_version.published_by_id": (Rule.OFFICE, OFFICE),
    "workflow_draft.started_by_id": (Rule.OFFICE, OFFICE),
    "workflow_draft.saved_by_id": (Rule.OFFICE, OFFICE),
    "policy_version.proposed_by_id": (Rule.OFFICE, OFFICE),
    "policy_version.published_by_id": (Rule.OFFICE, OFFICE),
    "cycle.opened_by_id": (Rule.OFFICE, OFFICE),
    "eligibility_ruling.ruled_by_id": (Rule.OFFICE, OFFICE),
    "group_attribute.made_by_id": (Rule.OFFICE, OFFICE),
    "release.prepared_by_id": (Rule.OFFICE, OFFICE),
    "release.approved_by_id": (Rule.OFFICE, OFFICE),
    "role_grant.granted_by_id": (Rule.OFFICE, OFFICE),
    "appeal.decided_by_id": (Rule.OFFICE, OFFICE),
    "emergency_access.answered_by_id": (Rule.OFFICE, OFFICE),
    "feedback_summary.written_by_id": (Rule.OFFICE, OFFICE),
    "gap.named_by_id": (Rule.OFFICE, OFFICE),
    "check_in.written_by_id": (Rule.OFFICE, "Those of one's own case are with the case, whoever wrote them."),
    "decision.recorded_by_id": (Rule.OFFICE, OFFICE),
    "decision.signed_off_by_id": (Rule.OFFICE, OFFICE),
    "letter.edited_by_id": (Rule.OFFICE, OFFICE),
    "letter.ready_by_id": (Rule.OFFICE, OFFICE),
    "packet.sealed_by_id": (Rule.OFFICE, OFFICE),
    "rating_change.changed_by_id": (Rule.OFFICE, OFFICE),
    "panel_score.person_id": (Rule.OFFICE, OFFICE),
    "discussion_note.author_id": (Rule.VOTES, OFFICE),
    "pulled_case.person_id": (Rule.VOTES, OFFICE),
    "vote.person_id": (Rule.VOTES, OFFICE),
    "rating.on_behalf_of_id": (Rule.RATINGS, "Somebody else's words: whoever gave the rating has them."),
    "rating_line.written_by_id": (Rule.RATINGS, "Stands under the rating; that one wrote it is among one's own acts."),
    "case_note.on_behalf_of_id": (Rule.NAMES, "Somebody else's words: whoever wrote them has them."),
    "conflict.person_id": (Rule.CONFLICTS, "What one declared is there; what HR set for others is not told."),
    "feedback.changed_by_id": (Rule.OFFICE, OFFICE),
    "feedback.substitute_id": (Rule.FEEDBACK, "A colleague's answer to a request names somebody in their place."),
    "request_key.person_id": (Rule.SECRETS, "A random key of a form, forgotten after some days."),
    "person_key.person_id": (Rule.SECRETS, "The key to the details of the record; it opens nothing elsewhere."),
    "audit_event.key_person_id": (Rule.RECORD, "Says whose key hides the details of an event."),
    "identity.linked_by_id": (Rule.OFFICE, OFFICE),
    "scim_member.person_id": (Rule.RECORD, "The roles that follow from a group are there."),
    "subject_request.asked_by_id": (Rule.OFFICE, OFFICE),
    "subject_request.released_by_id": (Rule.OFFICE, OFFICE),
    "redaction.made_by_id": (Rule.OFFICE, OFFICE),
    "legal_hold.person_id": (Rule.RECORD, "Told by HR and not by a list: to know of it may defeat its reason."),
    "legal_hold.set_by_id": (Rule.OFFICE, OFFICE),
    "legal_hold.ended_by_id": (Rule.OFFICE, OFFICE),
    "nomination_run.asked_by_id": (Rule.OFFICE, OFFICE),
    "people_import.asked_by_id": (Rule.OFFICE, OFFICE),
    "past_import.brought_by_id": (Rule.OFFICE, OFFICE),
    "rehearsal.started_by_id": (Rule.OFFICE, OFFICE),
    "rehearsal.signed_by_id": (Rule.OFFICE, OFFICE),
    "retention_run.approved_by_id": (Rule.OFFICE, OFFICE),
    "erasure.person_id": (Rule.RECORD, "A proposal is HR's work; once it is done there is nothing to hand out."),
    "erasure.proposed_by_id": (Rule.OFFICE, OFFICE),
    "erasure.approved_by_id": (Rule.OFFICE, OFFICE),
    "erasure.cancelled_by_id": (Rule.OFFICE, OFFICE),
}

ABOUT_KINDS = ("person.", "people.", "role.", "password.", "sign_in.", "level.", "subject_access.")
"""Kinds of events about a person that are theirs to have, without who did it."""
