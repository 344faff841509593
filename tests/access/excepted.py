"""Cells of the grid that no page shows, and places where a word may stand all the same: each with its reason."""

from __future__ import annotations

from collections.abc import Mapping

NOT_SHOWN: Mapping[str, str] = {
    "compensation_band": "no such field is kept",
    "subject_access_export": "asked for outside of a case",
    "analytics": "no figure is told of one case alone; tests/web/test_insight.py has enough of them",
    "erase": "done outside of a case",
    "mail.body": "granted to nobody",
    "link.secret": "granted to nobody; the link itself is looked for on every page",
}
"""Rows without a control on any page."""

EARLY = "draft collecting built"
LATE = "decided appealed growing closed"
DONE = "sealed voting revealed decided appealed growing closed"
ALL = f"{EARLY} {DONE}"


def cells(thing: str, actors: str, stages: str, reason: str) -> dict[tuple[str, str, str], str]:
    """Return the same reason for every actor and stage; words are parted by spaces."""
    return {(thing, actor, stage): reason for actor in actors.split() for stage in stages.split()}


CELLS_NOT_SHOWN: Mapping[tuple[str, str, str], str] = {
    **cells("case.existence", "external_giver", "built sealed", "their answer is in: the link opens nothing any more"),
    **cells("case.existence", "second_rater", "collecting", "they are not asked yet"),
    **cells("evidence.attachment", "candidate", "draft", "nothing is written yet"),
    **cells("packet.draft", "candidate", "draft", "nothing is written yet"),
    **cells("self_review.draft", "candidate", "draft", "nothing is written yet"),
    **cells("first_view.draft", "manager", "draft", "nothing is written yet"),
    **cells("evidence.attachment", "second_rater", "collecting", "they are not asked yet"),
    **cells("self_review.submitted", "second_rater", "collecting", "they are not asked yet"),
    **cells("second_rating.own", "second_rater", "collecting", "they are not asked yet"),
    **cells("feedback.own_draft", "external_giver", "built", "their answer is in: the link opens nothing any more"),
    **cells("link.revoke", "manager", "built", "the answer is in: there is no link to take back"),
    **cells("link.revoke", "hr", "built sealed", "the answer is in: there is no link to take back"),
    **cells("feedback.count", "manager", "collecting", "fewer than three are in"),
    **cells("feedback.count", "member", DONE, "the printed packet alone says who was heard"),
    **cells("rating.final", "manager", "collecting", "nothing is rated before the first view is locked"),
    **cells("rating.draft", "manager", "collecting", "nothing is rated before the first view is locked"),
    **cells("conflict.own_declaration", "member chair", EARLY, "they know of the case once it is sealed"),
    **cells("conflict.own_declaration", "member chair hr", LATE, "closed: they declared nothing"),
    **cells("conflict.own_declaration", "involved_hr", ALL, "a colleague set it; they declared nothing"),
    **cells("conflict.own_declaration", "conflicted_chair", ALL, "who is out finds nothing of it"),
    **cells("conflict.own_declaration", "conflicted_member", EARLY, "a colleague set it; they declared nothing"),
    **cells("vote.turnout", "member chair hr", f"revealed {LATE}", "the votes themselves are shown"),
    **cells("directory", "provisioning", ALL, "the directory's own addresses have tests of their own"),
    **cells("decision.outcome", "manager skip_level", "decided", "told to them with the candidate, not before"),
    **cells("decision.rationale", "manager", "decided", "told to them with the candidate, not before"),
    **cells("feedback.summary", "manager", "decided", "told to them with the candidate, not before"),
    **cells(
        "growth_plan.check_ins", "candidate manager hr", "appealed growing", "there are none before a plan is agreed"
    ),
    **cells("growth_plan", "candidate manager hr", "appealed", "nothing is planned while the appeal is open"),
}
"""Cells (object, actor, stage) that are granted and that no page shows."""

ON_THE_TRAIL = ("erin", "dev", "lena", "sam", "mira", "jonas", "iris", "ben", "cora", "finn")
SHOWN_ALL_THE_SAME: Mapping[tuple[str, str, str], str] = {
    ("auditor", "audit.show", "case.code"): "the trail says of which case an event is; its details are the auditor's",
    ("auditor", "audit.show", "name of mira"): "found by name: that they did something, and nothing of what",
    ("auditor", "audit.of_case", "case.code"): "the trail of one case, and who did what in it",
    **{
        (
            "auditor",
            "audit.of_case",
            f"name of {key}",
        ): "a record without who acted shows nothing; a text it never holds"
        for key in ON_THE_TRAIL
    },
    ("involved_hr", "emergency.show", "case.code"): "they typed it themselves",
    ("involved_hr", "lists.emergency", "case.code"): "they typed it themselves",
    ("involved_hr", "audit.show", "audit.events"): "events of other cases; those of this one are left out",
    ("involved_hr", "people.roles", "roles"): "the company's roles, which are of no case",
    ("hr", "emergency.show", "break_glass"): "one form for all HR partners; it does not say which case they are out of",
}
"""Words and signs (actor, endpoint, field or object) that stand where the grid alone would not have them."""
