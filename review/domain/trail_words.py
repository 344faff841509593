"""What the record says in words: a sentence for each kind of event, and names for what details hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from review.domain.text import Text, text

_OF_CASES = {
    "open": text("Opened the case"),
    "manager_changed": text("The case has another manager"),
    "assign_committee": text("Gave the case to a committee"),
    "submit_packet": text("Handed in the self-review"),
    "take_back_packet": text("Took the self-review back"),
    "return_packet": text("Returned the self-review to the candidate"),
    "close_feedback": text("Closed feedback"),
    "reopen_feedback": text("Asked for more feedback"),
    "lock_first_view": text("Locked the first view"),
    "submit_rating": text("Handed in the rating"),
    "revise_rating": text("Took the rating back to revise it"),
    "assign_second_rater": text("Chose a second rater"),
    "submit_second_rating": text("Handed in the second rating"),
    "replace_second_rater": text("Replaced the second rater"),
    "waive_second_rating": text("Went without a second rating"),
    "schedule_panel": text("Scheduled the leadership panel"),
    "reschedule_panel": text("Moved the leadership panel"),
    "close_panel": text("Closed the leadership panel"),
    "confirm_eligible": text("Confirmed that the candidate is eligible"),
    "reject_nomination": text("Found the candidate not eligible"),
    "seal": text("Sealed the packet"),
    "unseal": text("Reopened the packet"),
    "open_voting": text("Opened the vote"),
    "reveal_votes": text("Revealed the votes"),
    "vote_again": text("Had the committee vote again"),
    "decide_promote": text("Recorded the decision: promote"),
    "decide_not_yet": text("Recorded the decision: not yet"),
    "decide_defer": text("Recorded the decision: defer"),
    "sign_off": text("Signed the decision off"),
    "send_back": text("Sent the decision back to the committee"),
    "reopen_discussion": text("Went back to the discussion"),
    "announce_promotion": text("Announced the promotion"),
    "announce_not_yet": text("Announced a not yet"),
    "announce_deferral": text("Announced the deferral"),
    "appeal": text("Appealed"),
    "close_appeal_window": text("Accepted the decision"),
    "grant_appeal": text("Granted the appeal"),
    "dismiss_appeal": text("Dismissed the appeal"),
    "withdraw_appeal": text("Withdrew the appeal"),
    "agree_plan": text("Agreed the growth plan"),
    "withdraw": text("Withdrew the case"),
}
_OF_FEEDBACK = {
    "ask": text("Asked somebody for feedback"),
    "propose": text("Proposed somebody for feedback"),
    "approve": text("Approved a request for feedback"),
    "approve_by_silence": text("A request for feedback was approved by silence"),
    "reject": text("Did not let somebody be asked"),
    "accept": text("Said yes to a request for feedback"),
    "decline": text("Said no to a request for feedback"),
    "reconsider": text("Took a no to a request back"),
    "submit": text("Sent feedback"),
    "recall": text("Took feedback back"),
    "freeze": text("Feedback went into the packet"),
    "expire": text("A request for feedback expired"),
    "cancel": text("Cancelled a request for feedback"),
    "draft": text("Saved a draft of feedback"),
    "change": text("Changed a request for feedback"),
    "extend": text("Gave a giver a later day"),
    "remind": text("Reminded a giver"),
    "hide": text("Hid a giver from the manager"),
    "show": text("A set of answers became readable"),
    "summary": text("Wrote the summary of feedback"),
}
_OF_SEATS = {
    "mark_read": text("Has read the packet"),
    "recuse": text("Left a seat because of a conflict"),
    "cast": text("Cast a vote"),
    "change_vote": text("Changed a vote"),
    "mark_absent": text("Was marked absent"),
    "close": text("A seat was closed"),
    "open_again": text("A new round of votes began"),
    "seat_again": text("A seat was made anew as the packet was"),
    "replace": text("A seat went to a fresh committee"),
    "present": text("Said who is present"),
    "take_chair": text("Took the chair"),
}
_OTHERS = {
    "agenda.now": text("Called a case in the session"),
    "agenda.off": text("Ended the session"),
    "agenda.pause": text("Paused the session"),
    "agenda.resume": text("Went on with the session"),
    "agenda.pull": text("Pulled a case into the discussion"),
    "agenda.confirm": text("Confirmed cases together"),
    "appeal.file": text("Filed an appeal"),
    "appeal.answer": text("Answered an appeal"),
    "book.ask": text("Asked for a book of packets"),
    "book.print": text("Printed a book of packets"),
    "book.made": text("A book of packets was made"),
    "book.failed": text("A book of packets failed"),
    "book.cancel": text("Cancelled a book of packets"),
    "committee.create": text("Set up a committee"),
    "committee.set_member": text("Put somebody on a committee"),
    "committee.remove_member": text("Took somebody off a committee"),
    "committee.make_up": text("Made up the committees"),
    "committee.give_below": text("Gave a case to a committee with somebody below the level"),
    "committee.place_below": text("Put somebody below a level on a committee"),
    "conflict.declare": text("Declared a conflict"),
    "conflict.set": text("Recorded a conflict"),
    "cycle.create": text("Set up a cycle"),
    "cycle.edit": text("Changed a cycle in draft"),
    "cycle.open": text("Opened a cycle"),
    "cycle.close": text("Closed a cycle"),
    "cycle.discard": text("Discarded a cycle"),
    "cycle.move_date": text("Moved a day of a cycle"),
    "cycle.opt_in": text("Opted in to a cycle"),
    "cycle.opt_out": text("Opted out of a cycle"),
    "decision.record": text("Wrote the decision down"),
    "delegation.open": text("Lent their work to somebody"),
    "delegation.end": text("Ended a delegation"),
    "discussion.note": text("Wrote a note of the discussion"),
    "erasure.propose": text("Proposed to erase somebody"),
    "erasure.cancel": text("Gave an erasure up"),
    "erasure.done": text("Somebody was erased"),
    "evidence.add": text("Added evidence"),
    "evidence.edit": text("Changed evidence"),
    "evidence.remove": text("Removed evidence"),
    "gap.add": text("Named a gap"),
    "gap.answer": text("Answered for a gap"),
    "gap.remove": text("Removed a gap"),
    "glass.ask": text("Asked for emergency access"),
    "glass.grant": text("Granted emergency access"),
    "glass.refuse": text("Refused emergency access"),
    "glass.end": text("Ended emergency access"),
    "growth.plan": text("Changed the growth plan"),
    "growth.item": text("Changed a step of the growth plan"),
    "growth.remove": text("Removed a step of the growth plan"),
    "growth.agree": text("Agreed to the growth plan"),
    "hold.set": text("Put on legal hold"),
    "hold.end": text("Ended a legal hold"),
    "installation.backup": text("A backup was made"),
    "retention.approve": text("Let go what was kept long enough"),
    "retention.run": text("What was kept long enough was removed"),
    "subject_access.ask": text("Asked for all that is kept about a person"),
    "subject_access.gather": text("Had somebody’s data gathered anew"),
    "subject_access.gathered": text("Somebody’s data was gathered"),
    "subject_access.changed": text("Somebody’s data went back to HR"),
    "subject_access.failed": text("Gathering somebody’s data failed"),
    "subject_access.take_out": text("Took something out of somebody’s data"),
    "subject_access.release": text("Let somebody’s data be handed out"),
    "subject_access.released": text("Somebody’s data was handed out"),
    "subject_access.download": text("Downloaded their data"),
    "subject_access.export": text("Somebody’s data was handed over as files"),
    "subject_access.removed": text("Somebody’s data was removed from download"),
    "installation.restore": text("The place was restored from a backup"),
    "ladder.publish": text("Published a ladder"),
    "letter.draft": text("Saved a draft of the letter"),
    "letter.edit": text("Changed the letter"),
    "letter.ready": text("Marked the letter ready"),
    "letter.unready": text("Took the letter back to work on it"),
    "letter.print": text("Asked for the letter to be printed"),
    "letter.rendered": text("The letter was printed"),
    "letter.failed": text("Printing the letter failed"),
    "letter.release": text("The letter went out"),
    "outside.invite": text("Mailed a link to a giver from outside"),
    "outside.link": text("Asked for a new link"),
    "outside.open": text("A giver from outside opened the link"),
    "link.revoke": text("Took a link back"),
    "packet.seal": text("The packet was sealed"),
    "packet.sealed": text("The packet was sealed"),
    "packet.unseal": text("The packet was reopened"),
    "packet.open": text("Opened the packet"),
    "packet.print": text("Asked for the packet to be printed"),
    "packet.rendered": text("The packet was printed"),
    "packet.failed": text("Printing the packet failed"),
    "packet.copy": text("Took a copy of the packet along"),
    "packet.archive": text("Archived the packet"),
    "panel.score": text("Scored on the leadership panel"),
    "people.import": text("Took a file of people in"),
    "person.add": text("Somebody joined the directory"),
    "person.change": text("Somebody's entry in the directory changed"),
    "person.leave": text("Somebody left"),
    "person.return": text("Somebody came back"),
    "person.level": text("Somebody has another level"),
    "person.password": text("Set a password"),
    "person.preferences": text("Changed their own settings"),
    "press.refused": text("Pressed something and was refused"),
    "print.again": text("Had a print tried again"),
    "print.give_up": text("Gave a print up"),
    "rating.draft": text("Saved a draft of a rating"),
    "rating.change": text("Changed a rating in the session"),
    "first_view.draft": text("Saved a draft of the first view"),
    "vote.draft": text("Saved a draft of a vote"),
    "self_review.draft": text("Saved a draft of the self-review"),
    "release.prepare": text("Prepared letters for release"),
    "release.approve": text("Released letters"),
    "release.cancel": text("Cancelled a release"),
    "report.ask": text("Asked for the report of a session"),
    "report.made": text("The report of a session was made"),
    "report.failed": text("The report of a session failed"),
    "role.grant": text("Gave somebody a role"),
    "role.revoke": text("Took a role away"),
    "sign_in.open": text("Signed in"),
    "sign_in.end": text("Signed out"),
    "sign_in.end_all": text("Signed out everywhere"),
    "timer.notify": text("A reminder came due"),
    "timer.refused": text("Something came due and could not happen"),
    "trail.check": text("Looked whether the record is whole"),
    "trail.export": text("Took the record along as a file"),
    "trail.resealed": text("The record was sealed anew, so that details can be erased"),
    "workflow.propose": text("Proposed a workflow"),
    "workflow.publish": text("Published a workflow"),
    "workflow.discard": text("Discarded a workflow"),
    "workflow.migrate": text("Moved a case to another version of its workflow"),
}
_GROUPS = {"case": _OF_CASES, "feedback": _OF_FEEDBACK, "seat": _OF_SEATS}
KIND_WORDS: Mapping[str, Text] = MappingProxyType(
    _OTHERS | {f"{group}.{name}": words for group, found in _GROUPS.items() for name, words in found.items()}
)
THINGS: Mapping[str, Text] = MappingProxyType(
    {
        "case": text("Something on a case"),
        "feedback": text("Something about feedback"),
        "seat": text("Something about a seat"),
        "packet": text("Something about a packet"),
        "letter": text("Something about a letter"),
        "rating": text("Something about a rating"),
        "evidence": text("Something about evidence"),
    }
)
"""For who may know no more of the kind than the word before its dot."""

DETAIL_WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "after": text("after"),
        "before": text("before"),
        "cases": text("cases"),
        "committee": text("committee no."),
        "criterion": text("criterion"),
        "digest": text("digest"),
        "fields": text("fields"),
        "from": text("from"),
        "kind": text("kind"),
        "outcome": text("outcome"),
        "people": text("people no."),
        "person": text("person no."),
        "reasons": text("told"),
        "role": text("role"),
        "route": text("pressed"),
        "status": text("answer"),
        "to": text("to"),
        "until": text("until"),
        "version": text("version"),
        "view": text("view"),
        "why": text("why"),
    }
)


def tell_kind(kind: str) -> Text:
    """Return the sentence of a kind; of a workflow's own action the name that the workflow gives it."""
    found = KIND_WORDS.get(kind) or THINGS.get(kind)
    if found is not None:
        return found
    group, _, name = kind.partition(".")
    return text("%(thing)s: %(name)s", thing=group.replace("_", " ").capitalize(), name=name.replace("_", " "))


def tell_detail(detail: Mapping[str, Any]) -> tuple[tuple[Text | str, str], ...]:
    """Return what a detail holds, each with its name, in the order of the names."""
    return tuple((DETAIL_WORDS.get(name, name.replace("_", " ")), value) for name, value in _flat(detail))


def _flat(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in sorted(detail.items()):
        if isinstance(value, Mapping):
            yield name, ", ".join(f"{key}: {each}" for key, each in sorted(value.items()))
        elif isinstance(value, list):
            yield name, ", ".join(map(str, value))
        elif value is not None:
            yield name, str(value)
