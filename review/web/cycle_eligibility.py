"""Who may be nominated in a cycle: the list of who is in and who not, as a table for a spreadsheet, and by hand."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, request, url_for
from flask import Response as Answer
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.adapters.csv_lines import write_csv
from review.domain.eligibility_rules import Ruling
from review.domain.errors import Fault, Invalid
from review.domain.text import text
from review.extensions import db
from review.forms.cycle_steps import RulingForm
from review.models import Cycle
from review.queries.cycles import load_cycle
from review.queries.eligibility import Verdict, judge_people, narrow
from review.queries.people import find_person_named
from review.queries.pinned import load_ladder
from review.services.cycles_eligibility import rule_on, take_back_ruling
from review.web.guards import current_actor, current_now, requires
from review.web.words import tr

bp = Blueprint("eligibility", __name__, url_prefix="/cycles/<int:cycle_id>/eligibility")


@bp.get("/people.csv")
@requires("hr")
def table(cycle_id: int) -> Answer:
    """Send who is in and who not, with the reasons, for a spreadsheet; narrowed as the page is."""
    session = db.session()
    load_cycle(session, cycle_id, current_actor())
    cycle = session.get_one(Cycle, cycle_id)
    judged = judge_people(session, cycle, actor=current_actor(), now=current_now())
    found = narrow(judged, words=request.args.get("words", ""), show=request.args.get("show", ""), page=0)
    names = {level.id: level.name for level in load_ladder(session, cycle.ladder_version_id).levels}
    header = [
        gettext("Name"),
        gettext("Function"),
        gettext("Level"),
        gettext("To"),
        gettext("Why not"),
        gettext("By hand"),
    ]
    spelt = {each: _spell(each, names) for each in {(row.target_ids, row.reasons) for row in found.rows}}
    rows = (
        (
            row.name,
            row.function,
            names.get(row.level_id or "", ""),
            *spelt[row.target_ids, row.reasons],
            row.why,
        )
        for row in found.rows
    )
    answer = Answer(write_csv(header, rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="eligibility-{cycle_id}.csv"'
    return answer


def _spell(verdict: Verdict, names: Mapping[str, str]) -> tuple[str, str]:
    """Return where somebody may be promoted to and why not in words; once for all whom the rules see alike."""
    targets, reasons = verdict
    return ", ".join(names[target] for target in targets), "; ".join(tr(reason) for reason in reasons)


@bp.post("")
@requires("hr")
def rule(cycle_id: int) -> Response:
    """Let somebody in or leave them out by hand, with a reason."""
    session, form, actor = db.session(), RulingForm(), current_actor()
    person = find_person_named(session, actor, str(form.person.data))
    if person is None:
        what = text("Nobody, or more than one person, is called this")
        raise Invalid([Fault(what, text("the e-mail"), field="person")])
    ruling = Ruling.IN if form.ruling.data == Ruling.IN else Ruling.OUT
    rule_on(session, cycle_id, person.id, ruling, str(form.why.data), actor=actor, now=current_now())
    return _done(cycle_id, gettext("Noted for %(name)s.", name=person.name))


@bp.post("/<int:person_id>/take-back")
@requires("hr")
def take_back(cycle_id: int, person_id: int) -> Response:
    """Leave it to the rules again."""
    take_back_ruling(db.session(), cycle_id, person_id, actor=current_actor(), now=current_now())
    return _done(cycle_id, gettext("The rules decide again."))


def _done(cycle_id: int, words: str) -> Response:
    db.session.commit()
    flash(words)
    return redirect(url_for("set_up.show", cycle_id=cycle_id, step="eligibility", _anchor="who"), 303)
