"""What the step about who may be nominated shows of people."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from review.domain.numbers import whole_number
from review.domain.policy import SWITCHES
from review.extensions import db
from review.forms.base import clean_line
from review.forms.cycle_steps import EligibilityForm, RulingForm
from review.models import Cycle
from review.queries.eligibility import PAGE_SIZE, Narrowed, judge_people, narrow
from review.queries.eligibility_page import load_page
from review.queries.pinned import load_ladder
from review.services.cycles import CyclePlan
from review.web.guards import current_actor, current_now


def show_people(cycle: Cycle, plan: CyclePlan, _form: EligibilityForm) -> dict[str, Any]:
    """Return what the page says of people under a plan: a page of them, narrowed by the address."""
    words, show = clean_line(request.args.get("words")), request.args.get("show", "")
    found = _find(cycle, plan, words, show, request.args.get("page", 1, type=whole_number))
    place: dict[str, Any] = {
        "cycle_id": cycle.id,
        "step": "eligibility",
        "words": words,
        "show": show,
        "_anchor": "who",
    }
    first = (found.page - 1) * PAGE_SIZE
    last = first + len(found.rows)
    ladder = load_ladder(db.session(), cycle.ladder_version_id)
    return {
        "found": found,
        "level_names": {level.id: level.name for level in ladder.levels},
        "words": words,
        "show": show,
        "first": first + 1 if found.rows else 0,
        "last": last,
        "previous_url": url_for("set_up.show", **place, page=found.page - 1) if first else None,
        "next_url": url_for("set_up.show", **place, page=found.page + 1) if last < found.total else None,
        "ruling_form": RulingForm(formdata=None),
    }


def _find(cycle: Cycle, plan: CyclePlan, words: str, show: str, page: int) -> Narrowed:
    """Return a page of people; only for words everybody is read whole, since they may stand in any name."""
    months = int(SWITCHES["months_between_cases"].read(plan.policy))
    session, who, now = db.session(), current_actor(), current_now()
    rules = plan.eligibility
    if not words:
        return load_page(session, cycle, actor=who, now=now, rules=rules, months=months, show=show, page=page)
    judged = judge_people(session, cycle, actor=who, now=now, rules=rules, months=months)
    return narrow(judged, words=words, show=show, page=page)
