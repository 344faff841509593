"""Rating a case: first view, final rating, second rating, and choosing the second rater."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_timezone, gettext
from werkzeug.wrappers import Response

from review.domain.errors import Conflict, Invalid, NotFound, TransitionRefused
from review.domain.text import text
from review.domain.values import dataclass
from review.domain.workflow import Option, Reason
from review.extensions import db
from review.forms.base import choices
from review.forms.ratings import LABELS, RatingForm, SecondRaterForm, ShownRating, read_rating, show_line, show_sent
from review.queries.earlier import Earlier, load_earlier
from review.queries.feedback import read_feedback
from review.queries.ratings import RatingPage, list_own_second, load_rating_pages
from review.queries.second_raters import list_possible_second_raters
from review.queries.standing import Standing, load_standing
from review.services.ratings import (
    LOCK,
    OPEN_STATE,
    REGION,
    WRITE,
    assign_second_rater,
    lock_round,
    save_line,
    say_unexplained,
)
from review.web.anchor_keys import FEEDBACK, cover_all, uncover
from review.web.answers import answer_saved, is_autosave, say_saved
from review.web.differences import mark_target
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires
from review.web.mount import root

bp = Blueprint("ratings", __name__, url_prefix="/cases/<int:case_id>")
Page = str | tuple[str, int]
ROUNDS = {"first-view": "first", "rating": "final", "second-rating": "second"}
PATHS = {round_name: path for path, round_name in ROUNDS.items()}
ALL = "all"
"""What an address names in place of a criterion for all of them on one page; each is a form that is saved by itself."""


@dataclass(frozen=True)
class Part:
    """One criterion on the page: what its fields show, and what stands beside it; `at` ends its ids.

    `refused`: the form as it was sent, where it was refused.
    """

    page: RatingPage
    shown: ShownRating
    refused: RatingForm | None
    target_pieces: tuple[tuple[str, str], ...]
    earlier: Earlier | None
    at: str


@bp.get("/rate")
@requires("signed_in")
def go(case_id: int) -> Response:
    """Go to the round that is open for the actor."""
    standing = _standing(case_id)
    for round_name, path in PATHS.items():
        if _is_open(standing, round_name) and standing.may_write(WRITE[round_name]):
            return redirect(url_for(".show", case_id=case_id, path=path), 303)
    if list_own_second(db.session(), standing):
        return redirect(url_for(".show", case_id=case_id, path=PATHS["second"]), 303)
    if standing.may_read("case.stage"):
        return redirect(url_for("cases.detail", case_id=case_id), 303)
    raise NotFound


@bp.get("/<any('first-view', 'rating', 'second-rating'):path>")
@requires("signed_in")
def show(case_id: int, path: str) -> Page:
    """Show one criterion to rate, or all of them; a second rating that is handed in to who wrote it."""
    return _own_page(case_id) if path == PATHS["second"] else _page(case_id, ROUNDS[path])


@bp.post("/<any('first-view', 'rating', 'second-rating'):path>")
@requires("signed_in")
def save(case_id: int, path: str) -> Response | Page:
    """Keep what was typed on one criterion and go on to the next."""
    now, round_name = current_now(), ROUNDS[path]
    criterion = request.form.get("criterion", "")
    draft, version = read_rating(request.form)
    try:
        version = save_line(
            db.session(),
            case_id,
            round_name,
            criterion,
            replace(draft, anchors=_uncovered(case_id, draft.anchors)),
            version=version,
            actor=current_actor(),
            now=now,
        )
    except Invalid as refused:
        db.session.rollback()
        form = _sent(case_id)
        put_beside(form, refused.faults)
        return _page(case_id, round_name, form)
    except Conflict:
        RatingForm()  # whose fields the page of both versions names
        raise
    db.session.commit()
    if not is_autosave():
        say_saved()
    onward = request.form.get("then") or criterion
    place = criterion if onward == ALL else None
    anchor = f"#{quote(place)}" if place else ""
    url = f"{root()}{request.path}?{urlencode({'criterion': onward})}{anchor}"
    return answer_saved(url, version=version, now=now)


@bp.post("/<any('first-view', 'rating', 'second-rating'):path>/hand-in")
@requires("signed_in")
def hand_in(case_id: int, path: str) -> Response:
    """Lock a round: nothing in it changes after that."""
    key = request.form.get("request_key")
    lock_round(db.session(), case_id, ROUNDS[path], actor=current_actor(), now=current_now(), request_key=key)
    db.session.commit()
    flash(gettext("Handed in. Thank you."))
    return redirect(url_for(".go", case_id=case_id), 303)


@bp.get("/second-rater")
@requires("signed_in")
def assign(case_id: int) -> str:
    """Show whom to choose as second rater; those with a conflict are not offered."""
    return _assignment(case_id, SecondRaterForm(formdata=None))


@bp.post("/second-rater")
@requires("signed_in")
def choose(case_id: int) -> Response | tuple[str, int]:
    """Choose the second rater."""
    form = SecondRaterForm()
    standing = _standing(case_id)
    form.person.choices = choices(list_possible_second_raters(db.session(), standing))
    if not form.validate():
        return _assignment(case_id, form), 422
    assign_second_rater(
        db.session(),
        case_id,
        form.person.data,
        actor=current_actor(),
        now=current_now(),
        request_key=form.request_key.data,
    )
    db.session.commit()
    flash(gettext("The second rater is asked."))
    return redirect(url_for("cases.detail", case_id=case_id), 303)


def _sent(case_id: int) -> RatingForm:
    """Return the form as it was sent, with what is cited by its own keys."""
    form = RatingForm()
    form.cites.data = [*_uncovered(case_id, form.cites.data or ())]
    return form


def _uncovered(case_id: int, cited: Sequence[str]) -> tuple[str, ...]:
    """Return what is cited by its own keys."""
    if not any(key.startswith(FEEDBACK) for key in cited):
        return tuple(cited)
    known = [f"{FEEDBACK}{row.id}" for row in read_feedback(db.session(), _standing(case_id))]
    return tuple(uncover(case_id, cited, known))


def _standing(case_id: int) -> Standing:
    return load_standing(db.session(), case_id, current_actor(), now=current_now())


def _is_open(standing: Standing, round_name: str) -> bool:
    return standing.facts.tokens.get(REGION[round_name]) == OPEN_STATE[round_name]


def _own_page(case_id: int) -> Page:
    """Show the form of the second rating, and once that is handed in what was written."""
    standing = _standing(case_id)
    lines = list_own_second(db.session(), standing)
    is_open = standing.may_write(WRITE["second"]) and _is_open(standing, "second")
    return (
        _page(case_id, "second")
        if is_open or not lines
        else render_template("ratings/own.html", standing=standing, lines=lines)
    )


def _page(case_id: int, round_name: str, form: RatingForm | None = None) -> Page:
    standing = _standing(case_id)
    if not standing.may_write(WRITE[round_name]):
        raise NotFound
    if not _is_open(standing, round_name):
        raise TransitionRefused([*_why_closed(standing, round_name)])
    known = [criterion.id for criterion in standing.criteria]
    wanted = request.values.get("criterion") or known[0]
    is_all = wanted == ALL and form is None
    if not is_all and wanted not in known:
        raise NotFound
    shown = known if is_all else [wanted]
    pages = load_rating_pages(db.session(), standing, round_name, shown)
    earlier = {} if round_name == "second" else load_earlier(db.session(), standing, shown)
    html = render_template(
        "ratings/form.html",
        parts=[_part(pages[key], form, earlier.get(key), at=f"-{key}" if is_all else "") for key in shown],
        page=pages[shown[0]],
        labels=LABELS,
        sent_keys=cover_all(case_id, pages[shown[0]].anchors),
        here_id="" if is_all else wanted,
        standing=standing,
        path=PATHS[round_name],
        option=_locking(standing, pages[shown[0]]),
        today=current_now().astimezone(ZoneInfo(str(get_timezone()))).date(),
    )
    return (html, 422) if form is not None else html


def _part(page: RatingPage, form: RatingForm | None, earlier: Earlier | None, *, at: str) -> Part:
    return Part(page, show_sent(form) if form else show_line(page.own), form, _pieces(page), earlier, at)


def _locking(standing: Standing, page: RatingPage) -> Option | None:
    """Return the action that hands the round in; a final rating has one condition more than the workflow's own."""
    option = standing.option(LOCK[page.round])
    if option is None or page.round != "final" or not any(step.first for step in page.steps):
        return option
    told = text("Every change since the first view has its reason")
    changed = Reason(not page.unexplained, say_unexplained(page.unexplained) if page.unexplained else told)
    is_allowed = option.is_allowed and changed.is_met
    return replace(option, is_allowed=is_allowed, conditions=(*option.conditions, changed))


def _why_closed(standing: Standing, round_name: str) -> list[Any]:
    machine = standing.definition.states[standing.facts.tokens["main"]].regions.get(REGION[round_name])
    here = standing.facts.tokens.get(REGION[round_name])
    if machine is None or here is None:
        return [text("Ratings are closed: the packet is sealed")]
    return [text("This rating is not open now. Where it stands: %(state)s", state=text(machine.states[here].title))]


def _pieces(page: RatingPage) -> tuple[tuple[str, str], ...]:
    return mark_target(page.start.summary if page.start else None, page.target.summary) if page.target else ()


def _assignment(case_id: int, form: SecondRaterForm) -> str:
    standing = _standing(case_id)
    option = standing.option("assign_second_rater")
    if option is None:
        raise NotFound
    people = list_possible_second_raters(db.session(), standing)
    form.person.choices = choices([("", gettext("Choose a person")), *people])
    return render_template("ratings/second_rater.html", standing=standing, form=form, has_people=bool(people))
