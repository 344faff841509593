"""The installation's policy: what new cycles begin with, proposed by one HR partner and published by another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from review.domain.consequences import tell_consequences
from review.domain.errors import Fault, Invalid
from review.domain.house_policy import SETTINGS, tell_lines, write_settings
from review.domain.proposals import Kind, Proposal
from review.extensions import db
from review.forms.cycle_steps import HousePolicyForm, house_policy_form, offer
from review.forms.proposals import ReasonForm
from review.queries.cycle_choices import shipped_policy
from review.queries.policies import PolicyRow, house_policy, list_levels, list_policies
from review.queries.proposals import Whose, find_whose
from review.services.policies import discard_policy, propose_policy, publish_policy
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, requires

bp = Blueprint("policy", __name__, url_prefix="/policy")
Page = str | tuple[str, int]
TRY = "try"


@bp.get("")
@requires("hr")
def show() -> str:
    """Show what is in force beside the shipped values, what is proposed, and the history."""
    return _show()


@bp.get("/change")
@requires("hr")
def ask() -> str:
    """Show the form, filled with what is in force, or with the proposal that waits."""
    policy = _begin()
    data = {name: setting.read(policy) for name, setting in SETTINGS.items()}
    return _change(_form(house_policy_form()(formdata=None, data=data)), policy)


@bp.post("/change")
@requires("hr")
def change() -> Response | Page:
    """Propose other values, or show what would follow from them."""
    session, form = db.session(), _form(house_policy_form()())
    if not form.validate():
        return _change(form, house_policy(session)), 422
    policy = write_settings(house_policy(session), form.settings())
    if request.form.get("go") == TRY:
        return _change(form, policy)
    try:
        propose_policy(session, policy, actor=current_actor(), now=current_now())
    except Invalid as refused:
        session.rollback()
        put_beside(form, refused.faults)
        return _change(form, policy), 422
    return _proposed()


@bp.post("/shipped")
@requires("hr")
def go_back() -> Response | Page:
    """Propose to go back to the values that Dualtrack ships with."""
    try:
        propose_policy(db.session(), shipped_policy(), actor=current_actor(), now=current_now())
    except Invalid as refused:
        return _refuse(refused)
    return _proposed()


@bp.post("/publish")
@requires("hr")
def publish() -> Response | Page:
    """Put the proposal of somebody else into force, if it is still the one they have read."""
    try:
        publish_policy(db.session(), actor=current_actor(), now=current_now(), digest=request.form.get("digest", ""))
    except Invalid as refused:
        return _refuse(refused)
    db.session.commit()
    flash(gettext("The policy is in force. New cycles begin with it; cycles that are open keep theirs."))
    return redirect(url_for(".show"), 303)


@bp.post("/discard")
@requires("hr")
def discard() -> Response | Page:
    """Take the proposal away, with the reason."""
    try:
        discard_policy(db.session(), ReasonForm().to_command(), actor=current_actor(), now=current_now())
    except Invalid as refused:
        return _refuse(refused)
    db.session.commit()
    flash(gettext("The proposal is taken away."))
    return redirect(url_for(".show"), 303)


def _proposed() -> Response:
    db.session.commit()
    flash(gettext("The policy is proposed. A second person in HR publishes it."))
    return redirect(url_for(".show"), 303)


def _refuse(refused: Invalid) -> tuple[str, int]:
    db.session.rollback()
    return _show(refused.faults), 422


def _begin() -> Mapping[str, Any]:
    """Return the proposal that waits, else what is in force."""
    rows = list_policies(db.session())
    return rows[0].policy if rows and rows[0].published_at is None else house_policy(db.session())


def _form(form: HousePolicyForm) -> HousePolicyForm:
    offer(form.seat_limited_levels, list_levels(db.session()).items())
    return form


def _change(form: HousePolicyForm, policy: Mapping[str, Any]) -> str:
    """Show the form with what follows for each reader from a policy."""
    conflicts = [field for field in form if field.name.startswith("conflict_")]
    consequences = tell_consequences(policy)
    return render_template("policy/change.html", form=form, conflicts=conflicts, consequences=consequences)


def _show(faults: tuple[Fault, ...] = ()) -> str:
    session = db.session()
    rows, policy = list_policies(session), house_policy(session)
    proposal = rows[0] if rows and rows[0].published_at is None else None
    published = rows[1:] if proposal else rows
    return render_template(
        "policy/show.html",
        faults=faults,
        lines=tell_lines(policy, shipped_policy()),
        consequences=tell_consequences(proposal.policy if proposal else policy),
        proposal=proposal,
        proposed=[line for line in tell_lines(proposal.policy, policy) if line.is_other] if proposal else (),
        why=ReasonForm(),
        whose=_whose(proposal) if proposal else None,
        history=_history(published),
    )


def _whose(row: PolicyRow) -> Whose:
    return find_whose(db.session(), Proposal(Kind.POLICY, row.id), row.proposed_by_id, current_actor())


def _history(rows: tuple[PolicyRow, ...]) -> list[tuple[PolicyRow, list[object]]]:
    """Return each version with what it changed of the one before."""
    before = [*(row.policy for row in rows[1:]), shipped_policy()]
    return [
        (row, [line for line in tell_lines(row.policy, earlier) if line.is_other])
        for row, earlier in zip(rows, before, strict=False)
    ]
