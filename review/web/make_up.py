"""The make-up of committees: HR asks for a proposal, changes it by hand, and takes it over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from review.domain.errors import Fault, Invalid, TransitionRefused
from review.domain.make_up import Proposal
from review.domain.make_up_cases import propose_make_up
from review.domain.make_up_changes import Changes, apply_changes, narrow_changes
from review.domain.text import plural, text
from review.domain.values import dataclass
from review.extensions import db
from review.forms.committees import ROLE_WORDS, BelowForm
from review.forms.make_up import (
    HAND,
    AskForm,
    offer_options,
    read_asked,
    read_changes,
    read_chosen,
    read_look,
    write_asked,
    write_changes,
    write_look,
)
from review.queries.make_up import Asked, MakeUp, find_people_named, list_emails, load_make_up
from review.services.committees_below import FIELD as WHY_BELOW
from review.services.committees_make_up import Chosen, take_over_make_up
from review.web.guards import current_actor, current_now, requires
from review.web.make_up_parts import is_large, write_part
from review.web.make_up_sheet import write_sheet

bp = Blueprint("make_up", __name__, url_prefix="/cycles/<int:cycle_id>/committees/make-up")
LONGEST_ADDRESS = 3000
"""Servers and proxies take a line of at least 4,000 signs; with more changes the page is the answer itself."""
MOST_FAULTS = 20
Page = str | tuple[str, int]


@dataclass(frozen=True)
class Draft:
    """A large make-up as it was sent: what differs from the proposal, and what was written that means nothing."""

    made: MakeUp
    proposal: Proposal
    changes: Changes
    unknown: Mapping[str, str]


@bp.get("")
@requires("hr")
def propose(cycle_id: int) -> str:
    """Show who would sit where and which case would go where; nothing is written."""
    asked = read_asked(request.args)
    return _show(cycle_id, asked)


@bp.post("")
@requires("hr")
def ask(cycle_id: int) -> Response | Page:
    """Ask for another proposal; nothing is written."""
    form = AskForm()
    people, unknown = find_people_named(db.session(), str(form.people.data).splitlines())
    is_sound = form.validate()
    if unknown:
        form.people.errors = [gettext("Nobody, or more than one person: %(names)s", names=", ".join(unknown))]
    if unknown or not is_sound:
        return _show(cycle_id, read_asked(request.args), form=form), 422
    return redirect(url_for(".propose", cycle_id=cycle_id, **write_asked(form.to_asked(people))), 303)


@bp.post("/look")
@requires("hr")
def look(cycle_id: int) -> Response | Page:
    """Show another part of a large make-up, with what was changed by hand so far; nothing is written."""
    asked = read_asked(request.args)
    draft = _read_draft(cycle_id, asked)
    if draft.unknown:
        return _show(cycle_id, asked, draft=draft), 422
    seen = {"seen": request.form.get("seen", "")}
    parts = write_asked(asked) | write_changes(draft.changes) | write_look(read_look(request.form)) | seen
    address = url_for(".propose", cycle_id=cycle_id, **parts, _anchor="parts")
    return redirect(address, 303) if len(address) <= LONGEST_ADDRESS else _show(cycle_id, asked, draft=draft)


@bp.post("/take-over")
@requires("hr")
def take_over(cycle_id: int) -> Response | Page:
    """Write the make-up as it was left on the page, all of it or nothing."""
    below, asked = BelowForm(), read_asked(request.args)
    draft = _read_draft(cycle_id, asked) if HAND in request.form else None
    if draft is not None and draft.unknown:
        return _show(cycle_id, asked, draft=draft), 422
    sent = read_chosen(request.form) if draft is None else _complete(draft)
    chosen = replace(sent, why=below.to_command())
    try:
        done = take_over_make_up(db.session(), cycle_id, asked, chosen, actor=current_actor(), now=current_now())
    except Invalid as refused:
        db.session.rollback()
        needs_reason = any(each.field == WHY_BELOW for each in refused.faults)
        if needs_reason and below.accept_below.data:
            below.why_below.errors = [gettext("Choose why")]
        ask_why = below if needs_reason or below.accept_below.data else None
        return _show(cycle_id, asked, chosen=chosen, draft=draft, faults=refused.faults, below=ask_why), 422
    except TransitionRefused as refused:
        db.session.rollback()
        return _show(cycle_id, asked, draft=draft, faults=[Fault(each) for each in refused.reasons]), 409
    db.session.commit()
    members = ngettext("%(num)s place on a committee changed", "%(num)s places on committees changed", done.members)
    cases = ngettext("%(num)s case went to a committee", "%(num)s cases went to a committee", done.cases)
    flash(gettext("Taken over: %(members)s, %(cases)s.", members=members, cases=cases))
    return redirect(url_for("committees.edit", cycle_id=cycle_id), 303)


def _read_draft(cycle_id: int, asked: Asked) -> Draft:
    """Return the proposal as it stands now, with what the form holds that differs from it."""
    made = load_make_up(db.session(), cycle_id, asked, current_actor())
    proposal, names = propose_make_up(made.situation), made.situation.names
    carried, _unknown = read_changes(request.form)
    shown = narrow_changes(proposal, names, carried)  # as the page that was sent called new committees
    changes, unknown = read_changes(request.form, offer_options({**names, **shown.names}, ROLE_WORDS))
    return Draft(made, proposal, narrow_changes(proposal, names, changes), unknown)


def _complete(draft: Draft) -> Chosen:
    places, cases = apply_changes(draft.proposal, draft.changes)
    return Chosen(places, cases, draft.changes.names, request.form.get("seen", ""))


def _show(
    cycle_id: int,
    asked: Asked,
    *,
    form: AskForm | None = None,
    chosen: Chosen | None = None,
    draft: Draft | None = None,
    faults: Sequence[Fault] = (),
    below: BelowForm | None = None,
) -> str:
    made = load_make_up(db.session(), cycle_id, asked, current_actor())
    proposal = propose_make_up(made.situation)
    part = None
    if is_large(made):
        carried = draft.changes if draft else read_changes(request.args)[0]
        changes = narrow_changes(proposal, made.situation.names, carried)
        part = write_part(made, proposal, changes, read_look(request.values), draft.unknown if draft else {})
        faults = [*_say_stale(made), *_shorten(faults)]
    return render_template(
        "committees/make_up.html",
        page=made,
        wish=made.situation.wish,
        most=made.situation.most,
        advice=proposal.advice,
        taken_off=[
            (made.gone.get(each.person_id, ""), made.situation.names[each.committee], each.reason)
            for each in proposal.taken_off
        ],
        sheet=None if part else write_sheet(made, proposal, chosen),
        part=part,
        unknown=_say_unknown(draft),
        form=form or _ask_form(made),
        faults=[replace(each, field=None) for each in faults],  # they stand above the sheet, not beside a field
        below=below,
        asked=write_asked(asked),
        role_words=ROLE_WORDS,
    )


def _say_unknown(draft: Draft | None) -> list[tuple[str, str]]:
    """Return each field that holds what is not on the list, with words for it."""
    sent = draft.unknown.items() if draft else ()
    return [(field, gettext("Not on the list: %(words)s", words=words)) for field, words in sent]


def _say_stale(made: MakeUp) -> list[Fault]:
    """Return that facts have changed since the part before was shown, where they have."""
    if request.args.get("seen", made.seen) == made.seen:
        return []
    return [Fault(text("Members, conflicts or cases have changed since; look at the new proposal"))]


def _shorten(faults: Sequence[Fault]) -> list[Fault]:
    """Return as many faults as somebody reads, and how many more there are."""
    more = len(faults) - MOST_FAULTS
    rest = [Fault(plural("and %(count)s more", "and %(count)s more", more))] if more > 0 else []
    return [*faults[:MOST_FAULTS], *rest]


def _ask_form(made: MakeUp) -> AskForm:
    wish, form = made.situation.wish, AskForm(formdata=None)
    form.committees.data, form.size.data, form.most.data, form.seed.data = (
        len(made.situation.names), wish.size, wish.most, wish.seed,
    )  # fmt: skip
    form.people.data = "\n".join(list_emails(db.session(), made.people)) if made.people else ""
    return form
