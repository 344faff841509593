"""Integrations: tokens by which programs read and write, and hooks that are called when something happens."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from review.adapters.csv_lines import write_csv
from review.adapters.hook_sender import Reach, find_fault
from review.domain.api_scope import SCOPE_WORDS
from review.domain.errors import Invalid
from review.domain.hook_bodies import tell_moment
from review.domain.hook_kinds import FORM_WORDS, KIND_WORDS, OUTCOME_WORDS, Form, list_kinds
from review.domain.numbers import find_number
from review.domain.text import Text, text
from review.extensions import db
from review.forms.integrations import HookForm, TokenForm
from review.queries.api_tokens import list_tokens
from review.queries.hooks import PAGE_SIZE, DeliveryRow, list_deliveries, list_hooks, load_hook
from review.services.api_tokens import make_api_token, revoke_api_token
from review.services.hooks import register_hook, renew_secret, send_again, switch_off, switch_on, try_hook
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, proved, requires
from review.web.words import tr

bp = Blueprint("integrations", __name__, url_prefix="/integrations")
MOST_IN_FILE = 10_000
ADDRESS_WORDS = {
    "this is no address": text("This is no address"),
    "it must begin with https://": text("It must begin with https://"),
    "it must name a host, without a password before it": text("It must name a host, without a password before it"),
    "it must not have a part behind #": text("It must not have a part behind #"),
}
Page = str | tuple[str, int]


@bp.get("")
@requires("hr", "it_admin")
def board() -> str:
    """Show all tokens and hooks, with the ways to more."""
    actor, now = current_actor(), current_now()
    return render_template(
        "integrations/board.html",
        tokens=list_tokens(db.session(), actor, now=now),
        hooks=list_hooks(db.session(), actor),
        **_words(),
    )


@bp.get("/tokens/new")
@requires("hr", "it_admin")
def new_token() -> str:
    """Ask what a token is for."""
    return _token_page(TokenForm(formdata=None, data={"days": "90"}))


@bp.post("/tokens/new")
@requires("hr", "it_admin")
@proved
def make_token() -> Page:
    """Make a token and show it, this once."""
    form = TokenForm()
    if not form.validate():
        return _token_page(form), 422
    try:
        token = make_api_token(
            db.session(),
            *form.to_command(),
            actor=current_actor(),
            now=current_now(),
            request_key=request.form.get("request_key"),
        )
    except Invalid as refused:
        put_beside(form, refused.faults)
        return _token_page(form), 422
    db.session.commit()
    return render_template("integrations/secret.html", secret=token, is_token=True, hook_id=None)


@bp.post("/tokens/<int:token_id>/revoke")
@requires("hr", "it_admin")
def revoke_token(token_id: int) -> AnyResponse:
    """Let a token open nothing any more."""
    revoke_api_token(db.session(), token_id, actor=current_actor(), now=current_now())
    return _done(gettext("The token opens nothing any more."), url_for(".board"))


@bp.get("/hooks/new")
@requires("hr", "it_admin")
def new_hook() -> str:
    """Ask where a hook goes and what it is told of."""
    return _hook_page(HookForm(formdata=None, data={"form": Form.EVENTS.value}))


@bp.post("/hooks/new")
@requires("hr", "it_admin")
@proved
def register() -> Page:
    """Register a hook and show the secret that signs, this once."""
    form = HookForm()
    if not form.validate():
        return _hook_page(form), 422
    plan, actor = form.to_command(), current_actor()
    try:
        hook_id, secret = register_hook(
            db.session(),
            plan,
            fault=_fault_of(plan.address),
            actor=actor,
            now=current_now(),
            request_key=request.form.get("request_key"),
        )
    except Invalid as refused:
        put_beside(form, refused.faults)
        return _hook_page(form), 422
    db.session.commit()
    shown = secret if plan.form == Form.EVENTS else ""
    return render_template("integrations/secret.html", secret=shown, is_token=False, hook_id=hook_id)


@bp.get("/hooks/<int:hook_id>")
@requires("hr", "it_admin")
def hook(hook_id: int) -> str:
    """Show a hook and its calls, the newest first."""
    row = load_hook(db.session(), hook_id, current_actor())
    before = find_number(request.args.get("before", ""))
    calls = list_deliveries(db.session(), hook_id, before=before, limit=PAGE_SIZE + 1)
    more = calls[PAGE_SIZE - 1].id if len(calls) > PAGE_SIZE else None
    is_own = row.owner_id == current_actor().person_id
    return render_template(
        "integrations/hook.html", row=row, calls=calls[:PAGE_SIZE], more=more, is_own=is_own, **_words()
    )


@bp.get("/hooks/<int:hook_id>.csv")
@requires("hr", "it_admin")
def table(hook_id: int) -> Response:
    """Send the calls for a spreadsheet, guarded against formulas."""
    load_hook(db.session(), hook_id, current_actor())
    header = [gettext("Key"), gettext("What"), gettext("Happened"), gettext("Tries"), gettext("Answer")]
    header += [gettext("Error"), gettext("Ended"), gettext("Outcome")]
    rows = list_deliveries(db.session(), hook_id, limit=MOST_IN_FILE)
    answer = Response(write_csv(header, map(_cells, rows)), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="hook-{hook_id}.csv"'
    return answer


@bp.post("/hooks/<int:hook_id>/test")
@requires("hr", "it_admin")
def test(hook_id: int) -> AnyResponse:
    """Have a test sent."""
    key = request.form.get("request_key")
    try_hook(db.session(), hook_id, actor=current_actor(), now=current_now(), request_key=key)
    return _done(gettext("A test is on its way; look again in a moment."), url_for(".hook", hook_id=hook_id))


@bp.post("/hooks/<int:hook_id>/off")
@requires("hr", "it_admin")
def off(hook_id: int) -> AnyResponse:
    """Let it be told nothing any more."""
    switch_off(db.session(), hook_id, actor=current_actor(), now=current_now())
    return _done(gettext("It is switched off."), url_for(".hook", hook_id=hook_id))


@bp.post("/hooks/<int:hook_id>/on")
@requires("hr", "it_admin")
@proved
def on(hook_id: int) -> AnyResponse:
    """Let it be told again, of what happens from now on."""
    switch_on(db.session(), hook_id, actor=current_actor(), now=current_now())
    return _done(gettext("It is switched on, for what happens from now on."), url_for(".hook", hook_id=hook_id))


@bp.post("/hooks/<int:hook_id>/secret")
@requires("hr", "it_admin")
@proved
def renew(hook_id: int) -> str:
    """Give it another secret and show that, this once."""
    secret = renew_secret(db.session(), hook_id, actor=current_actor(), now=current_now())
    db.session.commit()
    return render_template("integrations/secret.html", secret=secret, is_token=False, hook_id=hook_id)


@bp.post("/hooks/<int:hook_id>/calls/<int:call_id>/again")
@requires("hr", "it_admin")
def again(hook_id: int, call_id: int) -> AnyResponse:
    """Send a call again, with the same key."""
    send_again(db.session(), hook_id, call_id, actor=current_actor(), now=current_now())
    return _done(gettext("It is sent again; look again in a moment."), url_for(".hook", hook_id=hook_id))


def _done(words: str, place: str) -> AnyResponse:
    db.session.commit()
    flash(words)
    return redirect(place, 303)


def _fault_of(address: str) -> Text | None:
    """Return what is wrong with an address; where its host is, is looked at whenever it is called."""
    fault = find_fault(address, Reach(is_local=current_app.extensions["settings"].hooks_local))
    return ADDRESS_WORDS[fault] if fault else None


def _token_page(form: TokenForm) -> str:
    return render_template("integrations/token.html", form=form)


def _hook_page(form: HookForm) -> str:
    roles = current_actor().roles
    form.offer({kind for each in Form for kind in list_kinds(each, roles)})
    return render_template("integrations/register.html", form=form)


def _words() -> dict[str, object]:
    return {
        "scope_words": SCOPE_WORDS,
        "form_words": FORM_WORDS,
        "kind_words": KIND_WORDS,
        "outcome_words": OUTCOME_WORDS,
    }


def _cells(row: DeliveryRow) -> tuple[str | int, ...]:
    return (
        row.key,
        tr(KIND_WORDS[row.kind]),
        tell_moment(row.happened_at),
        row.attempts,
        row.answer or "",
        row.error,
        tell_moment(row.ended_at) if row.ended_at else "",
        tr(OUTCOME_WORDS[row.outcome]),
    )
