"""Letters: written and read, printed, and released in batches by two people."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask import Response as Answer
from flask_babel import get_timezone, gettext
from werkzeug.wrappers import Response

from review.adapters.csv_lines import write_csv
from review.domain.errors import Invalid
from review.domain.letter import MAY_NOT_SAY, MAY_SAY
from review.domain.table import Cell
from review.extensions import db
from review.forms.letters import LetterForm, ReleaseForm
from review.queries.cycles import load_cycle
from review.queries.letters import EarlierLetter, LetterPage, list_earlier_letters, load_letter_page
from review.queries.new_levels import NewLevelRow, list_new_levels
from review.queries.release_runs import list_runs
from review.queries.standing import Standing, load_standing
from review.services.letters import draft_letter, mark_ready, request_pdf, save_letter, take_back_ready
from review.services.releases import approve_release, cancel_release, prepare_release
from review.web.answers import answer_saved, is_autosave, send_pdf
from review.web.faults import put_beside
from review.web.guards import current_actor, current_now, load_or_404, proved, requires
from review.web.outward_links import lead_out
from review.web.release_pages import show_release
from review.web.words import tr

bp = Blueprint("letters", __name__)
Page = str | tuple[str, int]
NEW_LEVELS = (
    "external_id",
    "name",
    "email",
    "case",
    "outcome",
    "old_level",
    "old_level_name",
    "new_level",
    "new_level_name",
    "level_since",
    "announced_on",
    "left_on",
)
"""Columns for a program, so not translated; where the file of people has the same thing, it has the same name."""


@bp.get("/cases/<int:case_id>/letter")
@requires("signed_in")
def detail(case_id: int) -> Response | Page:
    """Show the letter: to its writers with what it is made from, to everybody else as it went out."""
    standing = _standing(case_id)
    page = load_letter_page(db.session(), standing)
    if page is not None:
        return _page(standing, page)
    last = load_or_404(next(iter(list_earlier_letters(db.session(), standing)), None))
    return redirect(url_for(".earlier", case_id=case_id, letter_id=last.id), 303)  # it ended without another decision


@bp.post("/cases/<int:case_id>/letter")
@requires("signed_in")
def save(case_id: int) -> Response | Page:
    """Keep an edited letter, and mark it as ready where the button says so."""
    form, actor, now = LetterForm(), current_actor(), current_now()
    version, is_done, of = form.version.data or 0, request.form.get("then") == "ready", form.letter.data or 0
    try:
        saved = save_letter(
            db.session(), case_id, form.to_command(), version=version, letter_id=of, actor=actor, now=now
        )
        if is_done:
            mark_ready(db.session(), case_id, version=saved, actor=actor, now=now)
    except Invalid as refused:
        return _refused(case_id, form, refused)
    db.session.commit()
    if not is_autosave():
        flash(gettext("The letter is ready. It goes out with its batch.") if is_done else gettext("Saved."))
    return answer_saved(url_for(".detail", case_id=case_id), version=saved, now=now)


@bp.post("/cases/<int:case_id>/letter/draft")
@requires("signed_in")
def draft(case_id: int) -> Response:
    """Write the letter from the record."""
    form, actor = LetterForm(), current_actor()
    version, of = form.version.data or 0, form.letter.data or 0
    draft_letter(db.session(), case_id, version=version, letter_id=of, actor=actor, now=current_now(), say=tr)
    return _done(case_id, gettext("The letter is drafted from the record. Read it as the candidate will."))


@bp.post("/cases/<int:case_id>/letter/edit")
@requires("signed_in")
def unready(case_id: int) -> Response:
    """Open the letter for editing again."""
    take_back_ready(db.session(), case_id, actor=current_actor(), now=current_now())
    return _done(case_id, gettext("The letter can be edited again."))


@bp.get("/cases/<int:case_id>/letter.pdf")
@requires("signed_in")
def pdf(case_id: int) -> Response:
    """Send the released letter as PDF, or go to its page while it is being made."""
    standing = _standing(case_id)
    page = load_or_404(load_letter_page(db.session(), standing))
    path = _file(page.letter.path if page.letter else None)
    if path is None:
        return redirect(url_for(".detail", case_id=case_id), 303)
    return send_pdf(path, f"{standing.case.code}-letter.pdf")


@bp.post("/cases/<int:case_id>/letter.pdf")
@requires("signed_in")
def make_pdf(case_id: int) -> Response:
    """Ask for the PDF once more."""
    request_pdf(db.session(), case_id, actor=current_actor(), now=current_now())
    return _done(case_id, gettext("The PDF is being made. It takes a minute; then it can be downloaded here."))


@bp.get("/cases/<int:case_id>/letters/<int:letter_id>")
@requires("signed_in")
def earlier(case_id: int, letter_id: int) -> str:
    """Show a letter that went out with a decision that was set aside since."""
    standing, letter = _earlier(case_id, letter_id)
    return render_template(
        "letters/earlier.html",
        standing=standing,
        letter=letter,
        shown=lead_out(letter.body),
        has_pdf=_file(letter.path) is not None,
        has_answer=load_letter_page(db.session(), standing) is not None,
    )


@bp.get("/cases/<int:case_id>/letters/<int:letter_id>.pdf")
@requires("signed_in")
def earlier_pdf(case_id: int, letter_id: int) -> Response:
    """Send such a letter as PDF, or go to its page while it is being made."""
    standing, letter = _earlier(case_id, letter_id)
    path = _file(letter.path)
    if path is None:
        return redirect(url_for(".earlier", case_id=case_id, letter_id=letter_id), 303)
    return send_pdf(path, f"{standing.case.code}-letter-{letter.released_at:%Y-%m-%d}.pdf")


@bp.post("/cases/<int:case_id>/letters/<int:letter_id>.pdf")
@requires("signed_in")
def make_earlier_pdf(case_id: int, letter_id: int) -> Response:
    """Ask for that PDF once more."""
    request_pdf(db.session(), case_id, letter_id, actor=current_actor(), now=current_now())
    db.session.commit()
    flash(gettext("The PDF is being made. It takes a minute; then it can be downloaded here."))
    return redirect(url_for(".earlier", case_id=case_id, letter_id=letter_id), 303)


@bp.get("/cycles/<int:cycle_id>/release")
@requires("hr")
def release(cycle_id: int) -> Page:
    """Show what can go out, what waits for a second person, and what has gone out."""
    return show_release(cycle_id, ReleaseForm(formdata=None))


@bp.post("/cycles/<int:cycle_id>/release")
@requires("hr")
@proved
def prepare(cycle_id: int) -> Response | Page:
    """Put the chosen letters into a batch."""
    form = ReleaseForm()
    key, actor = form.request_key.data, current_actor()
    try:
        prepare_release(db.session(), cycle_id, form.to_command(), actor=actor, now=current_now(), request_key=key)
    except Invalid as refused:
        db.session.rollback()
        put_beside(form, refused.faults)
        return show_release(cycle_id, form), 422
    return _released(cycle_id, gettext("The batch is prepared. Another HR partner approves it."))


@bp.post("/cycles/<int:cycle_id>/release/<int:release_id>/approve")
@requires("hr")
@proved
def approve(cycle_id: int, release_id: int) -> Response:
    """Send a batch that somebody else prepared."""
    key, actor = request.form.get("request_key"), current_actor()
    sent = approve_release(db.session(), cycle_id, release_id, actor=actor, now=current_now(), request_key=key)
    if sent is None:  # a worker sends them, and the page says how far it is
        db.session.commit()
        return redirect(url_for(".release", cycle_id=cycle_id), 303)
    return _released(cycle_id, gettext("All letters of the batch are out. Candidates and managers are told."))


@bp.get("/cycles/<int:cycle_id>/release/live")
@requires("hr")
def live(cycle_id: int) -> str:
    """Give how far a worker is with the letters of a batch, for the page itself while it is open."""
    cycle = load_cycle(db.session(), cycle_id, current_actor())
    return render_template("releases/_sending.html", cycle=cycle, runs=list_runs(db.session(), cycle_id))


@bp.post("/cycles/<int:cycle_id>/release/<int:release_id>/cancel")
@requires("hr")
def cancel(cycle_id: int, release_id: int) -> Response:
    """Take a batch apart."""
    cancel_release(db.session(), cycle_id, release_id, actor=current_actor(), now=current_now())
    return _released(cycle_id, gettext("The batch is cancelled. Nobody was told."))


@bp.get("/cycles/<int:cycle_id>/new-levels.csv")
@requires("hr")
def new_levels(cycle_id: int) -> Answer:
    """Send who gets which level from which day, as announced, for the HR system."""
    rows = list_new_levels(db.session(), cycle_id, current_actor())
    answer = Answer(write_csv(NEW_LEVELS, map(_cells, rows)), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="new-levels-{cycle_id}.csv"'
    return answer


def _cells(row: NewLevelRow) -> tuple[Cell, ...]:
    old, new = row.old_level, row.new_level
    return (
        row.external_id,
        row.name,
        row.email,
        row.code,
        row.outcome,
        old.id if old else "",
        old.name if old else "",
        new.id if new else "",
        new.name if new else "",
        row.effective_on,
        row.announced_on,
        row.left_on,
    )


def _standing(case_id: int) -> Standing:
    return load_standing(db.session(), case_id, current_actor(), now=current_now())


def _page(standing: Standing, page: LetterPage, form: LetterForm | None = None) -> Page:
    letter = page.letter
    data = {"body": letter.body, "version": letter.version, "letter": letter.id} if letter else {"version": 0}
    html = render_template(
        "letters/write.html" if page.can_write else "letters/read.html",
        standing=standing,
        page=page,
        form=form or LetterForm(formdata=None, data=data),
        shown=lead_out(letter.body) if letter else "",
        has_pdf=_file(letter.path if letter else None) is not None,
        may_say=MAY_SAY,
        may_not_say=MAY_NOT_SAY,
        options={option.id: option for option in standing.options()},
        appeal=next((option for option in standing.options() if option.form == "appeal"), None),
        today=current_now().astimezone(ZoneInfo(str(get_timezone()))).date(),
    )
    return (html, 422) if form is not None else html


def _refused(case_id: int, form: LetterForm, refused: Invalid) -> Page:
    db.session.rollback()
    put_beside(form, refused.faults)
    standing = _standing(case_id)
    return _page(standing, load_or_404(load_letter_page(db.session(), standing)), form)


def _earlier(case_id: int, letter_id: int) -> tuple[Standing, EarlierLetter]:
    standing = _standing(case_id)
    found = (each for each in list_earlier_letters(db.session(), standing) if each.id == letter_id)
    return standing, load_or_404(next(found, None))


def _file(place: str | None) -> Path | None:
    if place is None:
        return None
    path = Path(current_app.extensions["settings"].files_dir) / place
    return path if path.is_file() else None


def _done(case_id: int, words: str) -> Response:
    db.session.commit()
    flash(words)
    return redirect(url_for(".detail", case_id=case_id), 303)


def _released(cycle_id: int, words: str) -> Response:
    db.session.commit()
    flash(words)
    return redirect(url_for(".release", cycle_id=cycle_id), 303)
