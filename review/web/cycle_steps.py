"""The steps of setting up a cycle: the form of each, what its page shows, and how far each one is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request
from flask_babel import gettext

from review.domain.consequences import tell_consequences
from review.domain.date_rules import NAMES, OPENING, fix
from review.domain.house_policy import tell_lines
from review.domain.numbers import find_number
from review.domain.text import Text, plural, text
from review.domain.values import dataclass
from review.extensions import db
from review.forms.base import VersionedForm, choices
from review.forms.cycle_steps import (
    BallotForm,
    BasicsForm,
    CalendarForm,
    EligibilityForm,
    FeedbackForm,
    RulesForm,
    calendar_data,
    calendar_form,
    offer,
    plan_data,
)
from review.models import Cycle
from review.queries.checklist import Line, count_asked, list_needed
from review.queries.checklist_people import list_checks, load_mail_test
from review.queries.committees import list_committees
from review.queries.cycle_choices import list_ladders, list_workflows, suggest_workflows
from review.queries.cycles import load_cycle
from review.queries.people import list_functions
from review.queries.pinned import load_definition, load_ladder
from review.queries.policies import house_policy
from review.services.cycles import CyclePlan
from review.services.cycles_in_draft import read_plan, require_draft
from review.web.cycle_calendar import lay_out_dates, list_mails
from review.web.cycle_people import show_people
from review.web.guards import current_actor, current_now

Page = str | tuple[str, int]
MakeForm = Callable[[CyclePlan, bool], Any]
Read = Callable[[Any, CyclePlan], CyclePlan]
Context = Callable[[Cycle, CyclePlan, Any], dict[str, Any]]


def _nothing(_cycle: Cycle, _plan: CyclePlan, _form: Any) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Step:
    """One step; `make_form` returns its form, filled from the plan or from what was sent; None where it has none."""

    id: str
    title: Text
    next: str
    make_form: MakeForm | None = None
    read: Read = lambda form, plan: form.to_plan(plan)
    context: Context = _nothing
    tell: Callable[[CyclePlan], Text] = lambda _plan: text("")

    def label(self) -> dict[str, str]:
        """Return what plain fields of the step are called."""
        if self.id != "basics":
            return {}
        tracks = {key.removeprefix("workflow-") for key in request.form if key.startswith("workflow-")}
        return {f"workflow-{track}": gettext("Workflow: %(track)s", track=track) for track in tracks}


@dataclass(frozen=True)
class Progress:
    """How far one step is: `state` is done, missing or open; the words say what is there, or what is missing."""

    id: str
    title: Text
    state: str
    words: Text


def show_step(cycle_id: int, step: Step, form: Any = None, plan: CyclePlan | None = None) -> str:
    """Show a step of a draft.

    Args:
        form: what was sent, when it is shown again.
        plan: what it would become, when HR only looks.
    """
    session, now = db.session(), current_now()
    require_draft(load_cycle(session, cycle_id, current_actor()).state)
    cycle, kept = session.get_one(Cycle, cycle_id), read_plan(session, cycle_id)
    if form is None and step.make_form is not None:
        form = step.make_form(kept, True)
        form.version.data = cycle.version
    lines = (
        list_checks(session, cycle, actor=current_actor(), now=now)
        if step.id == "check"
        else list_needed(session, cycle, now=now)
    )
    return render_template(
        f"cycles/set_up/{step.id}.html",
        cycle=cycle,
        step=step,
        form=form,
        lines=lines,
        is_trial=plan is not None,
        progress=_progress(lines, kept),
        unlike=[line for line in tell_lines(house_policy(session), kept.policy) if line.is_other],
        **step.context(cycle, plan or kept, form),
    )


def picked_workflows() -> dict[str, int]:
    """Return the workflow chosen for each track; tracks left without one are left out."""
    sent = {key: find_number(value) for key, value in request.form.items() if key.startswith("workflow-")}
    return {key.removeprefix("workflow-"): number for key, number in sent.items() if number is not None}


def _progress(lines: tuple[Line, ...], plan: CyclePlan) -> tuple[Progress, ...]:
    return tuple(_how_far(step, lines, plan) for step in STEPS.values())


def _how_far(step: Step, lines: tuple[Line, ...], plan: CyclePlan) -> Progress:
    mine = [line for line in lines if step.id in (line.step, "check") and line.keeps_shut]
    if step.id == "check":
        words = plural("%(count)s thing keeps it shut", "%(count)s things keep it shut", len(mine))
        return Progress(step.id, step.title, "missing" if mine else "open", words if mine else text("Look and open"))
    if mine:
        return Progress(step.id, step.title, "missing", mine[0].words)
    return Progress(step.id, step.title, "done" if step.make_form else "open", step.tell(plan))


def _basics(plan: CyclePlan, is_fresh: bool) -> BasicsForm:
    form = BasicsForm(formdata=None, data=plan_data(plan)) if is_fresh else BasicsForm()
    form.ladder.choices = choices((row.id, row.label) for row in list_ladders(db.session()))
    return form


def _basics_context(_cycle: Cycle, plan: CyclePlan, form: BasicsForm) -> dict[str, Any]:
    ladders, workflows = list_ladders(db.session()), list_workflows(db.session())
    ladder = next((row for row in ladders if row.id == form.ladder.data), ladders[0])
    picked = suggest_workflows(ladder, workflows) | dict(plan.workflows) | picked_workflows()
    return {"ladders": ladders, "tracks": ladder.tracks, "workflows": workflows, "picked": picked}


def _calendar(plan: CyclePlan, is_fresh: bool) -> CalendarForm:
    session = db.session()
    asked = [name for each in plan.workflows.values() for name in load_definition(session, each).dates]
    rules = plan.date_rules or fix({OPENING: min((_today(plan), *plan.dates.values())), **plan.dates})
    form = calendar_form(dict.fromkeys((OPENING, *(name for name in NAMES if name in rules or name in asked), *rules)))
    return form(formdata=None, data=calendar_data(rules)) if is_fresh else form()


def _calendar_context(_cycle: Cycle, plan: CyclePlan, form: CalendarForm) -> dict[str, Any]:
    return {"names": form.names(), "rows": lay_out_dates(db.session(), plan, today=_today(plan))}


def _today(plan: CyclePlan) -> date:
    """Return the day that it is where the cycle is to be."""
    return current_now().astimezone(ZoneInfo(plan.zone)).date()


def _eligibility(plan: CyclePlan, is_fresh: bool) -> EligibilityForm:
    form = EligibilityForm(formdata=None, data=plan_data(plan)) if is_fresh else EligibilityForm()
    ladder = load_ladder(db.session(), plan.ladder_version_id)
    offer(form.levels, ((level.id, level.name) for level in ladder.levels))
    offer(form.tracks, ((track.id, track.name) for track in ladder.tracks))
    offer(form.only_functions, ((name, name) for name in list_functions(db.session())))
    return form


def _feedback(plan: CyclePlan, is_fresh: bool) -> FeedbackForm:
    form = FeedbackForm(formdata=None, data=plan_data(plan)) if is_fresh else FeedbackForm()
    offer(form.functions, ((name, name) for name in list_functions(db.session())))
    return form


def _feedback_context(_cycle: Cycle, plan: CyclePlan, _form: FeedbackForm) -> dict[str, Any]:
    session = db.session()
    found = [load_definition(session, each) for each in dict.fromkeys(plan.workflows.values())]
    return {"asked": [(definition.title, count_asked(definition)) for definition in found]}


def _rules(plan: CyclePlan, is_fresh: bool) -> RulesForm:
    return RulesForm(formdata=None, data=plan_data(plan)) if is_fresh else RulesForm()


def _rules_context(_cycle: Cycle, plan: CyclePlan, _form: RulesForm) -> dict[str, Any]:
    return {"consequences": tell_consequences(plan.policy)}


def _ballot(plan: CyclePlan, is_fresh: bool) -> BallotForm:
    return BallotForm(formdata=None, data=plan_data(plan)) if is_fresh else BallotForm()


def _ballot_context(cycle: Cycle, _plan: CyclePlan, _form: BallotForm) -> dict[str, Any]:
    return {"committees": list_committees(db.session(), cycle.id)}


def _letters_context(cycle: Cycle, plan: CyclePlan, _form: VersionedForm | None) -> dict[str, Any]:
    session = db.session()
    return {"mails": list_mails(session, plan), "test": load_mail_test(session, cycle.id)}


def _tell_dates(plan: CyclePlan) -> Text:
    days = sorted(plan.dates.values())
    return text("%(first)s to %(last)s", first=days[0], last=days[-1])


def _tell_eligibility(plan: CyclePlan) -> Text:
    rules = plan.eligibility
    count = sum(map(bool, (rules.min_months, rules.level_ids, rules.track_ids, rules.functions)))
    words = plural("As the ladder says, and %(count)s rule", "As the ladder says, and %(count)s rules", count)
    return words if count else text("As the ladder says")


def _tell_heard(plan: CyclePlan) -> Text:
    names = ", ".join(plan.required_functions)
    return text("%(names)s", names=names) if names else text("Any functions")


def _tell_rules(plan: CyclePlan) -> Text:
    anonymity: Mapping[str, Any] = plan.policy.get("anonymity", {})
    if anonymity.get("candidate_sees_feedback") == "verbatim":
        return text("The candidate reads the words of the feedback")
    return text("The candidate reads a summary")


def _tell_ballot(plan: CyclePlan) -> Text:
    return text("Quorum %(quorum)s", quorum=plan.policy["ballot"]["quorum"])


STEPS: Mapping[str, Step] = {
    step.id: step
    for step in (
        Step(
            "basics", text("Name, ladder and workflows"), "calendar", _basics,
            lambda form, plan: form.to_plan(plan, picked_workflows()), _basics_context,
            lambda plan: text("%(name)s, %(code)s", name=plan.name, code=plan.code),
        ),
        Step(
            "calendar", text("Calendar"), "eligibility", _calendar, context=_calendar_context, tell=_tell_dates,
        ),
        Step(
            "eligibility", text("Who may be nominated"), "feedback", _eligibility, context=show_people,
            tell=_tell_eligibility,
        ),
        Step("feedback", text("Feedback"), "rules", _feedback, context=_feedback_context, tell=_tell_heard),
        Step("rules", text("Who reads what"), "committees", _rules, context=_rules_context, tell=_tell_rules),
        Step("committees", text("Committees"), "letters", _ballot, context=_ballot_context, tell=_tell_ballot),
        Step(
            "letters", text("Letters and mails"), "check", context=_letters_context,
            tell=lambda _plan: text("Look through them, send a test mail"),
        ),
        Step("check", text("Check and open"), "check"),
    )
}  # fmt: skip
"""In the order in which they are shown; any may be taken first."""
