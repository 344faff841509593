"""Where things are done: the page behind each form of a workflow and each kind of task."""

from __future__ import annotations

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
}


def place_of(page: str, case_id: int | None, item_id: int | None = None) -> str:
    """Return the address of the page for a form or a task; raise KeyError for a form without a page."""
    if page == "feedback":
        return url_for("feedback.give", case_id=case_id, feedback_id=item_id)
    return url_for(PAGES[page], case_id=case_id)
