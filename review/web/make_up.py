"""The make-up of committees: HR asks for a proposal, changes it by hand, and takes it over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from review.domain.errors import Fault, Invalid, TransitionRefused
from review.domain.make_up import CaseChoice, Part, PlaceChoice, Proposal
from review.domain.make_up_cases import propose_make_up
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.extensions import db
from review.forms.committees import ROLE_WORDS, BelowForm
from review.forms.make_up import AskForm, read_asked, read_chosen, write_asked
from review.queries.make_up import Asked, MakeUp, find_people_named, list_emails, load_make_up
from review.services.committees_below import FIELD as WHY_BELOW
from review.services.committees_make_up import Chosen, take_over_make_up
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("make_up", __name__, url_prefix="/cycles/<int:cycle_id>/committees/make-up")
Page = str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A person on the sheet: the field, what is chosen in it, and why."""

    field: str
    name: str
    function: str
    chosen: str
    change: str
    reason: Text


@dataclass(frozen=True, slots=True)
class CommitteeRow:
    """A committee on the sheet, with what the proposal gives it."""

    number: int
    name: str
    places: tuple[PlaceRow, ...]
    cases: int


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case on the sheet: the committee chosen, who leaves the room for it, and why."""

    field: str
    code: str
    candidate: str
    target: str
    chosen: int
    change: str
    out: tuple[str, ...]
    reason: Text


@dataclass(frozen=True, slots=True)
class Sheet:
    """The proposal as the page shows it, with what was changed by hand."""

    committees: tuple[CommitteeRow, ...]
    free: tuple[PlaceRow, ...]
    cases: tuple[CaseRow, ...]
    homeless: tuple[CaseRow, ...]
    sealed: int
    is_new: bool


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


@bp.post("/take-over")
@requires("hr")
def take_over(cycle_id: int) -> Response | Page:
    """Write the make-up as it was left on the page, all of it or nothing."""
    below = BelowForm()
    asked, chosen = read_asked(request.args), replace(read_chosen(request.form), why=below.to_command())
    try:
        done = take_over_make_up(db.session(), cycle_id, asked, chosen, actor=current_actor(), now=current_now())
    except Invalid as refused:
        db.session.rollback()
        needs_reason = any(each.field == WHY_BELOW for each in refused.faults)
        if needs_reason and below.accept_below.data:
            below.why_below.errors = [gettext("Choose why")]
        is_asked = needs_reason or bool(below.accept_below.data)
        return _show(cycle_id, asked, chosen=chosen, faults=refused.faults, below=below if is_asked else None), 422
    except TransitionRefused as refused:
        db.session.rollback()
        return _show(cycle_id, asked, faults=[Fault(each) for each in refused.reasons]), 409
    db.session.commit()
    members = ngettext("%(num)s place on a committee changed", "%(num)s places on committees changed", done.members)
    cases = ngettext("%(num)s case went to a committee", "%(num)s cases went to a committee", done.cases)
    flash(gettext("Taken over: %(members)s, %(cases)s.", members=members, cases=cases))
    return redirect(url_for("committees.edit", cycle_id=cycle_id), 303)


def _show(
    cycle_id: int,
    asked: Asked,
    *,
    form: AskForm | None = None,
    chosen: Chosen | None = None,
    faults: Sequence[Fault] = (),
    below: BelowForm | None = None,
) -> str:
    made = load_make_up(db.session(), cycle_id, asked, current_actor())
    proposal = propose_make_up(made.situation)
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
        sheet=_sheet(made, proposal, chosen),
        form=form or _ask_form(made),
        faults=[replace(each, field=None) for each in faults],  # they stand above the sheet, not beside a field
        below=below,
        asked=write_asked(asked),
        role_words=ROLE_WORDS,
    )


def _ask_form(made: MakeUp) -> AskForm:
    wish, form = made.situation.wish, AskForm(formdata=None)
    form.committees.data, form.size.data, form.most.data, form.seed.data = (
        len(made.situation.names), wish.size, wish.most, wish.seed,
    )  # fmt: skip
    form.people.data = "\n".join(list_emails(db.session(), made.people)) if made.people else ""
    return form


def _sheet(made: MakeUp, proposal: Proposal, chosen: Chosen | None) -> Sheet:
    facts = made.situation
    by_hand = _by_hand(chosen)
    rows = [_place_row(made, each, by_hand if chosen else None) for each in proposal.places]
    cases = tuple(_case_row(made, each, chosen) for each in proposal.cases)
    load = Counter(each.committee for each in proposal.cases if each.committee)
    load.update(each.committee for each in facts.cases if each.is_sealed and each.committee)
    names = chosen.names if chosen else {}
    return Sheet(
        committees=tuple(
            CommitteeRow(
                number,
                names.get(number, name),
                tuple(row for row, each in zip(rows, proposal.places, strict=True) if each.committee == number),
                load[number],
            )
            for number, name in facts.names.items()
        ),
        free=tuple(
            PlaceRow(f"place_0_{each.id}", each.name, each.function, _choice_in(by_hand, each.id, 0), "", why)
            for each, why in ((facts.sitters[person], words) for person, words in proposal.left.items())
        ),
        cases=tuple(row for row in cases if row.chosen),
        homeless=tuple(row for row in cases if not row.chosen),
        sealed=sum(each.is_sealed for each in facts.cases),
        is_new=any(each.was is not each.part for each in proposal.places) or any(e.is_changed for e in proposal.cases),
    )


def _by_hand(chosen: Chosen | None) -> dict[int, dict[int, str]]:
    """Return what was chosen for each person: committee -> the value of the field."""
    found: dict[int, dict[int, str]] = {}
    for each in chosen.places if chosen else ():
        found.setdefault(each.person_id, {})[each.committee] = f"{each.committee}:{each.part}"
    return found


def _choice_in(by_hand: dict[int, dict[int, str]], person: int, committee: int) -> str:
    """Return what the field of a person's place holds: their choice for that committee, else for another."""
    values = by_hand.get(person, {})
    return values.get(committee) or next(iter(values.values()), "")


def _place_row(made: MakeUp, choice: PlaceChoice, by_hand: dict[int, dict[int, str]] | None) -> PlaceRow:
    sitter = made.situation.sitters[choice.person_id]
    proposed = f"{choice.committee}:{choice.part}"
    return PlaceRow(
        field=f"place_{choice.committee}_{sitter.id}",
        name=sitter.name,
        function=sitter.function,
        chosen=proposed if by_hand is None else _choice_in(by_hand, sitter.id, choice.committee),
        change=_change_of(choice),
        reason=choice.reason,
    )


def _change_of(choice: PlaceChoice) -> str:
    if choice.was is None:
        return gettext("new")
    if choice.was is not choice.part:
        return gettext("was %(role)s", role=ROLE_WORDS[Part(choice.was)])
    return ""


def _case_row(made: MakeUp, choice: CaseChoice, chosen: Chosen | None) -> CaseRow:
    label, names = made.labels[choice.case_id], made.situation.names
    committee = choice.committee if chosen is None else chosen.cases.get(choice.case_id)
    was = names.get(choice.was, "") if choice.was is not None else ""
    change = gettext("was %(committee)s", committee=was) if choice.is_changed and was else ""
    sitters = made.situation.sitters
    return CaseRow(
        field=f"case_{choice.case_id}",
        code=label.code,
        candidate=label.candidate,
        target=label.target,
        chosen=committee or 0,
        change=change,
        out=tuple(sitters[each].name for each in choice.out if each in sitters),
        reason=choice.reason if committee == choice.committee else text("Changed by hand"),
    )
