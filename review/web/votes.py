"""Votes: one's own ballot from draft to cast, and the committee's session on a case."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.ballot import BallotDraft, find_missing
from review.domain.errors import Fault, Invalid, NotFound
from review.domain.level_mark import mark_move
from review.domain.numbers import whole_number
from review.domain.phase import Phase
from review.extensions import db
from review.forms.base import choices, clean_text, label_fields
from review.forms.votes import NoteForm, group_faults, read_ballot, read_version
from review.queries.sessions import list_out
from review.queries.standing import Standing, load_standing
from review.queries.votes import BallotPage, load_ballot, load_own_seat, seat_options
from review.services.seats import mark_read, set_present
from review.services.seats_chair import may_take_chair, take_chair
from review.services.transitions import fire
from review.services.votes import add_note, cast_vote, change_vote, save_ballot
from review.web.anchor_keys import cover_all, uncover
from review.web.answers import answer_saved, is_autosave
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires
from review.web.session_parts import VOTE_WORDS, find_seen, session_parts

bp = Blueprint("votes", __name__, url_prefix="/cases/<int:case_id>")
Page = str | tuple[str, int]
CITES = "cites-"


@bp.get("/ballot")
@requires("signed_in")
def ballot(case_id: int) -> Page:
    """Show one's own ballot, or what comes before it."""
    return _ballot_page(case_id)


@bp.post("/ballot")
@requires("signed_in")
def save(case_id: int) -> Response | Page:
    """Keep the ballot as a draft; go on to check it where the button says so."""
    standing, now = _standing(case_id), current_now()
    page = load_ballot(db.session(), standing)
    label_fields({"reason": gettext("What decides it for you?")})
    label_fields({f"reason-{each.id}": gettext("%(criterion)s: why", criterion=each.name) for each in page.criteria})
    draft = _read_draft(case_id, page)
    try:
        version = save_ballot(
            db.session(), case_id, draft, version=read_version(request.form), actor=current_actor(), now=now
        )
    except Invalid as refused:
        db.session.rollback()
        return _ballot_page(case_id, draft, refused.faults)
    db.session.commit()
    to_check = request.form.get("then") == "check"
    if not (is_autosave() or to_check):
        flash(gettext("Kept as a draft. Only you can read it."))
    return answer_saved(url_for(".check" if to_check else ".ballot", case_id=case_id), version=version, now=now)


@bp.get("/ballot/check")
@requires("signed_in")
def check(case_id: int) -> Response | Page:
    """Show the ballot once more before it is cast; send back to what it still needs."""
    standing = _standing(case_id)
    page = load_ballot(db.session(), standing)
    if page.is_cast or page.seat_state != "read":
        return redirect(url_for(".ballot", case_id=case_id), 303)
    faults = _missing(page)
    if faults:
        return _ballot_page(case_id, page.draft, faults)
    return render_template("votes/check.html", standing=standing, page=page, **VOTE_WORDS)


@bp.post("/ballot/cast")
@requires("signed_in")
def cast(case_id: int) -> Response | Page:
    """Cast the ballot."""
    key = request.form.get("request_key")
    try:
        cast_vote(db.session(), case_id, actor=current_actor(), now=current_now(), request_key=key)
    except Invalid as refused:
        db.session.rollback()
        return _ballot_page(case_id, None, refused.faults)
    db.session.commit()
    flash(gettext("Your vote is cast. You may change it until the reveal."))
    return redirect(url_for(".ballot", case_id=case_id), 303)


@bp.post("/ballot/change")
@requires("signed_in")
def change(case_id: int) -> Response:
    """Take one's vote back to a draft."""
    key = request.form.get("request_key")
    change_vote(db.session(), case_id, actor=current_actor(), now=current_now(), request_key=key)
    db.session.commit()
    flash(gettext("Your vote is a draft again. Cast it when you are done."))
    return redirect(url_for(".ballot", case_id=case_id), 303)


@bp.post("/read")
@requires("signed_in")
def say_read(case_id: int) -> Response:
    """Say that one has read the packet."""
    key = request.form.get("request_key")
    mark_read(db.session(), case_id, actor=current_actor(), now=current_now(), request_key=key)
    db.session.commit()
    flash(gettext("Noted: you have read the packet."))
    return redirect(url_for("committees.reading"), 303)


@bp.get("/session")
@requires("signed_in")
def session(case_id: int) -> Page:
    """Show the committee's session on the case."""
    return _session_page(case_id, NoteForm(formdata=None))


@bp.post("/session")
@requires("signed_in")
def act(case_id: int) -> Response:
    """Make a move of the case from its session: open the voting, reveal, vote again."""
    fire(
        db.session(),
        case_id,
        request.form.get("action", ""),
        actor=current_actor(),
        now=current_now(),
        note=clean_text(request.form.get("note")),
        request_key=request.form.get("request_key"),
    )
    db.session.commit()
    flash(gettext("Done. It is in the record of the case."))
    return redirect(url_for(".session", case_id=case_id), 303)


@bp.get("/session/live")
@requires("signed_in")
def live(case_id: int) -> Response:
    """Answer who keeps the session open: nothing new, the parts that changed, or that the page is another one now."""
    seen = find_seen(case_id)
    if request.args.get("seen") in seen.values():
        return make_response("", 204)
    standing, was = _standing(case_id), request.args.get("phase")
    parts = session_parts(standing, seen)
    if was == standing.phase:
        return make_response(render_template("votes/_follow.html", told=request.args.get("told"), **parts))
    if was == Phase.REVEALED:
        return make_response(render_template("votes/_moved.html", standing=standing))  # a note may be half written
    return make_response("", 200, {"HX-Refresh": "true"})


@bp.post("/session/present")
@requires("signed_in")
def present(case_id: int) -> Response:
    """Record who is in the room."""
    ids = set(request.form.getlist("present", type=whole_number))
    set_present(db.session(), case_id, ids, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("Who is in the room is noted."))
    return redirect(url_for(".session", case_id=case_id), 303)


@bp.post("/session/chair")
@requires("signed_in")
def lead(case_id: int) -> Response:
    """Take the chair as the deputy, where the chair cannot go on."""
    key = request.form.get("request_key")
    take_chair(db.session(), case_id, actor=current_actor(), now=current_now(), request_key=key)
    db.session.commit()
    flash(gettext("You have the chair now. It is in the record of the case."))
    return redirect(url_for(".session", case_id=case_id), 303)


@bp.post("/session/notes")
@requires("signed_in")
def note(case_id: int) -> Response | Page:
    """Keep a note of the discussion."""
    form = NoteForm()
    words, criterion, key = str(form.note.data), str(form.criterion.data or ""), form.request_key.data
    try:
        add_note(
            db.session(),
            case_id,
            words,
            criterion_id=criterion,
            actor=current_actor(),
            now=current_now(),
            request_key=key,
        )
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return _session_page(case_id, form), 422
    db.session.commit()
    return redirect(url_for(".session", case_id=case_id, _anchor="notes"), 303)


def _standing(case_id: int) -> Standing:
    return load_standing(db.session(), case_id, current_actor(), now=current_now())


def _read_draft(case_id: int, page: BallotPage) -> BallotDraft:
    """Return the ballot that was sent, with what is cited by its own keys."""
    known, sent = tuple(page.anchors.values()), request.form.copy()
    for name in [each for each in sent if each.startswith(CITES)]:
        sent.setlist(name, uncover(case_id, sent.getlist(name), known))
    return read_ballot(sent, [each.id for each in page.criteria], known)


def _ballot_page(case_id: int, draft: BallotDraft | None = None, faults: tuple[Fault, ...] = ()) -> Page:
    standing = _standing(case_id)
    if not standing.may_write("vote.own"):
        return _closed_page(standing)
    page = load_ballot(db.session(), standing)
    if page.seat_state != "read":
        return render_template("votes/closed.html", standing=standing, page=page, options=page.options, **VOTE_WORDS)
    html = render_template(
        "votes/ballot.html",
        standing=standing,
        page=page,
        draft=draft or page.draft,
        sent_keys=cover_all(case_id, page.anchors),
        faults=group_faults(faults),
        problems=[(fault.field, fault.what) for fault in faults],
        move=mark_move(standing.ladder, standing.case.from_level_id, standing.case.to_level_id),
        **VOTE_WORDS,
    )
    return (html, 422) if faults else html


def _closed_page(standing: Standing) -> str:
    """Show who has a seat that voting is not open (any more); nobody else learns that there is a ballot."""
    seat = load_own_seat(db.session(), standing)
    if seat is None:
        raise NotFound
    page = load_ballot(db.session(), standing) if standing.may_read("vote.own") else None
    options = seat_options(standing, seat)
    return render_template("votes/closed.html", standing=standing, page=page, options=options, **VOTE_WORDS)


def _missing(page: BallotPage) -> tuple[Fault, ...]:
    names = {each.id: each.name for each in page.criteria}
    manager = {each.id: each.manager.value if each.manager else None for each in page.criteria}
    return tuple(find_missing(page.draft, names, manager))


def _session_page(case_id: int, form: NoteForm) -> str:
    seen = find_seen(case_id)
    standing = _standing(case_id)
    names = [("", gettext("The case as a whole")), *((each.id, _name(standing, each)) for each in standing.criteria)]
    form.criterion.choices = choices(names)
    return render_template(
        "votes/session.html",
        form=form,
        move=mark_move(standing.ladder, standing.case.from_level_id, standing.case.to_level_id),
        out=list_out(db.session(), standing),
        can_lead=may_take_chair(standing),
        **session_parts(standing, seen),
    )


def _name(standing: Standing, criterion: Any) -> str:
    name: str = criterion.name_for(standing.case.track_id)
    return name
