"""The parts of a committee's session on a case that follow along, and the word that says whether there is news."""

from __future__ import annotations

from typing import Any

from flask import url_for

from review.domain.ballot import CONFIDENCE_WORDS, OVERALL_WORDS
from review.extensions import db
from review.queries.changed_ratings import list_changed
from review.queries.sessions import find_newest_of_case, load_session_page
from review.queries.standing import Standing
from review.queries.votes import load_result
from review.web.follow import digest_shown, seal_word
from review.web.guards import current_actor

VOTE_WORDS = {"overall_words": OVERALL_WORDS, "confidence_words": CONFIDENCE_WORDS}


def find_seen(case_id: int) -> dict[bool, str]:
    """Return the words of what is newest, for who sees how far the others are (True) and for others.

    Taken before the session is read: what comes in between is news.
    """
    newest = find_newest_of_case(db.session(), case_id, current_actor())
    return {
        True: seal_word("session", case_id, "turnout", newest.with_turnout),
        False: seal_word("session", case_id, newest.without),
    }


def session_parts(standing: Standing, seen: dict[bool, str]) -> dict[str, Any]:
    """Return what the parts of the session need that follow along."""
    session = db.session()
    page = load_session_page(session, standing)
    result, changed = load_result(session, standing), list_changed(session, standing)
    is_chair = "chair" in standing.workflow_roles
    options = standing.options() if is_chair else ()
    shown = digest_shown(result, changed) if result else page.digest
    word = seen[page.seats is not None]
    return {
        "standing": standing,
        "case": standing.case,
        "page": page,
        "result": result,
        "changed": changed,
        "shown": shown,
        "poll": url_for("votes.live", case_id=standing.case.id, seen=word, phase=standing.phase, told=shown),
        "is_chair": is_chair,
        "options": [each for each in options if each.form is None],
        "decides": any(each.form == "decision" for each in options),
        **VOTE_WORDS,
    }
