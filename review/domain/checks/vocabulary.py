"""The other words a workflow may use: effects, forms, mails, roles and outcomes, each with what it means."""

from __future__ import annotations

from collections.abc import Mapping

EFFECTS: Mapping[str, str] = {
    "answer_appeal": "Keep how the appeal was answered, by whom, and why.",
    "begin_round": "Open the next round of votes: the seats that voted in the last one may vote again.",
    "cancel_open_feedback": "Cancel every feedback request that has no answer yet; the givers are told.",
    "keep_appeal": "Keep the appeal: its ground and its reasons.",
    "notify_giver": "Ask the giver, with the date and who will read the answer.",
    "notify_parties": "Tell candidate and manager that the case has moved, as far as each may know.",
    "notify_second_rater": "Ask the second rater, with the date.",
    "record_decision": "Keep the decision that the action names, with its reasons, gaps and dissent.",
    "record_sign_off": "Keep who signed the decision, and when.",
    "release_letter": "Make the letter visible to the candidate and tell them.",
    "release_second_rater": "The second rater who was asked is free again.",
    "seal_packet": "Freeze the packet as canonical JSON with its SHA-256, freeze the feedback in it, and render it.",
    "seat_committee": "Seat the members of the case's committee and set out who is recused.",
    "seat_fresh_committee": "Seat a committee of which nobody sat on the case before.",
    "suggest_substitute": "Offer the candidate and the manager somebody else to ask.",
    "withdraw_decision": "Set the decision aside; it stays in the record.",
    "write_new_level": "Write the new level, to count from the cycle's effective date.",
}

FORMS: Mapping[str, str] = {
    "appeal": "Ground and reasons of an appeal.",
    "ballot": "A vote: a rating per criterion, an overall answer, reasons.",
    "conflict": "The kind of a conflict and its reason.",
    "decision": "Reasons of the decision, gaps, dissent.",
    "decline": "Why a giver says no, and who could answer instead.",
    "feedback": "The answers of a giver.",
    "panel": "Date and members of the leadership panel.",
    "rating": "A rating per criterion with its reasons and evidence.",
    "second_rater": "The second rater.",
}

MAILS: Mapping[str, str] = {
    "answer_request": "Say yes or no to a feedback request.",
    "escalate_feedback": "Feedback is late; the manager may ask somebody else.",
    "escalate_gate": "The case cannot be sealed yet; HR is told what is missing.",
    "escalate_packet": "The self-review is late.",
    "escalate_plan": "The growth plan is late.",
    "feedback_reminder": "Feedback that is asked for is not in yet.",
    "gate_not_met": "The case cannot be sealed yet; the manager is told what is missing.",
    "overdue": "A step is late.",
    "packet_reminder": "The self-review is still open.",
    "plan_reminder": "The growth plan is still open.",
    "please_read": "A packet waits to be read.",
    "votes_missing": "Votes are missing.",
}

ROLES: Mapping[str, str] = {
    "appeals": "The appeals panel, while an appeal is open.",
    "candidate": "The candidate.",
    "chair": "The chair of the case's committee; the deputy where the chair has a conflict.",
    "executive": "Who signs off promotions of people managers.",
    "giver": "A colleague asked for feedback.",
    "hr": "An HR partner who is not involved in the case.",
    "manager": "The candidate's manager at this moment.",
    "member": "A member of the case's committee.",
    "panelist": "A member of the leadership panel.",
    "report": "A direct report asked for upward feedback.",
    "second_rater": "The second rater.",
}

SYSTEM = "system"
"""The role of Dualtrack itself, when a timer fires; every workflow has it without declaring it."""

OUTCOMES: Mapping[str, str] = {
    "promoted": "The candidate rises to the target level.",
    "deferred": "The case is taken up again in the next cycle.",
    "not_yet": "The case ends with named gaps.",
    "ineligible": "The nomination was not confirmed.",
    "withdrawn": "The candidate withdrew.",
}

DECIDED_OUTCOMES: Mapping[str, str] = {"promoted": "promote", "deferred": "defer", "not_yet": "not_yet"}
"""Outcomes that a committee decides, with the decision each needs."""
