"""Where things are done: the page behind each form of a workflow and each kind of task."""

from __future__ import annotations

from typing import Any

from flask import url_for

PAGES = {
    "case": "cases.detail",
    "rating": "ratings.go",
    "second_rater": "ratings.assign",
    "panel": "panel.detail",
    "ask": "feedback.ask",
    "packet": "packets.page",
    "ballot": "votes.ballot",
    "conflict": "committees.declare",
    "decision": "decisions.decide",
    "appeal": "appeals.detail",
    "letter": "letters.detail",
}


PROPOSALS = {
    "ladder_draft": ("ladder_drafts.show", "draft_id"),
    "workflow": ("workflows.detail", "version_id"),
    "words": ("wordings.show", "piece"),
    "letters": ("letters.release", "cycle_id"),
}
"""What is proposed: its page, and what the page's address calls it."""
NOT_NUMBERED = {"policy": "policy.show", "erasures": "erasures.show", "data_requests": "data_requests.listed"}


def place_of(page: str, case_id: int | None, item_id: int | None = None) -> str:
    """Return the address of the page for a form or a task; raise KeyError for a form without a page.

    Args:
        page: a form, a kind of task, or where a proposal is looked at: `workflow:3`, `policy`.
    """
    if page == "feedback":
        return url_for("feedback.give", case_id=case_id, feedback_id=item_id)
    kind, _, which = page.partition(":")
    if kind in PROPOSALS:
        endpoint, name = PROPOSALS[kind]
        values: dict[str, Any] = {name: which}
        return url_for(endpoint, **values)
    if page in NOT_NUMBERED:
        return url_for(NOT_NUMBERED[page])
    return url_for(PAGES[page], case_id=case_id)
