"""What the pages of words show: how a piece stands, how it reads, what differs, and where something is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import get_locale

from review.adapters.mail_text import say_sample, write_sample
from review.domain.errors import Fault, NotFound
from review.domain.letter import Voice, assemble_letter, letter_subject
from review.domain.letter_sample import OUTCOMES, make_record
from review.domain.proposals import Kind, Proposal
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.wording import Piece, check_piece, names_of
from review.domain.wording_list import NONE_CHANGED, PLACEHOLDERS, words_of
from review.extensions import db
from review.forms.proposals import ReasonForm
from review.forms.wordings import WordsForm, words_form
from review.queries.mail import MailSubject
from review.queries.proposals import Whose, find_whose
from review.queries.wordings import PieceRow, WordsRow, list_versions, load_changed
from review.services.wordings_print import find_sample_path
from review.web.differences import Pieces, mark_changes
from review.web.guards import current_actor
from review.web.outward_links import lead_out
from review.web.words import tr

EITHER = text("[[Please answer by {{due}}.|Take your time.]]")
"""An example of words for with a day and without one."""


@dataclass(frozen=True)
class Change:
    """One text that differs, word by word."""

    label: Text
    pieces: Pieces


def is_wanted(row: PieceRow, words: str, only: str) -> bool:
    """Tell whether a piece is among those looked for: by any of its words, and by how it stands."""
    stands = {"changed": row.is_changed, "waiting": row.is_proposed, "newer": row.is_behind or row.is_unfit}
    said = (tr(row.piece.title), tr(row.piece.to), tr(row.piece.when), *row.words.values())
    return stands.get(only, True) and (not words or any(words in each.casefold() for each in said))


def lay_out_piece(piece: Piece, form: WordsForm | None, faults: tuple[Fault, ...] = ()) -> dict[str, Any]:
    """Return what the page of a piece shows; with a form, what somebody typed and has not saved.

    Args:
        faults: of something else than the words in the form.
    """
    versions = list_versions(db.session(), piece)
    in_force = next((row for row in versions if row.published_at), None)
    proposal = versions[0] if versions and versions[0].is_open else None
    shipped, newest = words_of(piece, NONE_CHANGED, tr), versions[0].number if versions else 0
    said = in_force.words if in_force and not in_force.is_shipped else shipped
    if form is None:
        data = {**(_words(proposal, shipped) if proposal else said), "version": newest}
        form = words_form(piece)(formdata=None, data=data)
    is_changed = said is not shipped
    is_behind = is_changed and in_force is not None and in_force.shipped_digest != piece.shipped_digest
    is_fit = not check_piece(piece, form.to_command(piece))
    return {
        "piece": piece,
        "form": form,
        "refused": faults,
        "versions": versions,
        "proposal": proposal,
        "newest": newest,
        "why": ReasonForm(),
        "whose": _whose(proposal) if proposal else None,
        "is_changed": is_changed,
        "is_unfit": is_changed and bool(check_piece(piece, said)),
        "behind": compare(piece, said, shipped) if is_behind else (),
        "proposed": compare(piece, said, _words(proposal, shipped)) if proposal else (),
        "either": EITHER,
        "names": [PLACEHOLDERS[name] for name in names_of(piece.fields)],
        "prints": list_prints() if piece.is_letter else (),
        "outcomes": OUTCOMES,
        "seen": read_preview(piece, form) if is_fit else {},
    }


def lay_out_version(piece: Piece, number: int) -> dict[str, Any]:
    """Return what the page of one version shows: what differs from the published one before it; raise NotFound."""
    rows = list_versions(db.session(), piece)
    row = next((row for row in rows if row.number == number), None)
    if row is None:
        raise NotFound
    shipped = words_of(piece, NONE_CHANGED, tr)
    before = next((each for each in rows if each.number < number and each.published_at), None)
    was = _words(before, shipped) if before else shipped
    changes = compare(piece, was, _words(row, shipped))
    return {"piece": piece, "row": row, "before": before, "changes": changes, "newest": rows[0]}


def list_prints() -> list[tuple[str, Path | None]]:
    """Return each outcome with its made-up letter in the words that are saved, None where it is not printed."""
    folder = Path(current_app.extensions["settings"].files_dir)
    paths = [(outcome, folder / find_sample_path(db.session(), outcome)) for outcome in OUTCOMES]
    return [(outcome, path if path.is_file() else None) for outcome, path in paths]


def compare(piece: Piece, was: Mapping[str, str], now: Mapping[str, str]) -> tuple[Change, ...]:
    """Return the texts of a piece that differ between two versions of it."""
    pairs = [(each, was.get(each.id, ""), now.get(each.id, "")) for each in piece.fields]
    return tuple(Change(each.label, mark_changes(old, new)) for each, old, new in pairs if old != new)


def read_preview(piece: Piece, form: WordsForm) -> dict[str, Any]:
    """Return how what stands in the form reads with made-up values; its words are fit."""
    words = {name: value.strip() for name, value in form.to_command(piece).items()}
    if piece.is_letter:
        return _read_letter(piece, words, str(form["outcome"].data))
    settings, actor = current_app.extensions["settings"], current_actor()
    about = {
        "company": settings.company,
        "public_url": settings.public_url,
        "changed": {**load_changed(db.session()), piece.id: words},
        "is_dated": "dated" not in form or bool(form["dated"].data),
    }
    reader = MailSubject("", actor.name, str(get_locale()))
    return say_sample(piece.id, reader, **about) | {"text": write_sample(piece.id, reader, **about).text}


def _read_letter(piece: Piece, words: Mapping[str, str], outcome: str) -> dict[str, Any]:
    outcome = outcome if outcome in OUTCOMES else "not_yet"
    voice, record = Voice(tr, {**load_changed(db.session()), piece.id: words}), make_record(outcome)
    title = letter_subject(record.outcome, record.target, voice)
    return {"subject": title, "letter": lead_out(assemble_letter(record, voice))}


def place_in_words(fault: Fault) -> Fault:
    """Return a fault whose words say where in its text it is."""
    if fault.line is None:
        return fault
    spot = {"line": fault.line, "column": fault.column, "what": fault.what}
    return replace(fault, what=text("Line %(line)s, column %(column)s: %(what)s", **spot))


def name_fields(piece: Piece, faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return faults that carry the name of their text, for a list of them."""
    labels = {each.id: tr(each.label) for each in piece.fields}
    return tuple(replace(fault, field=labels.get(fault.field or "", fault.field)) for fault in faults)


def _words(row: WordsRow, shipped: Mapping[str, str]) -> Mapping[str, str]:
    return shipped if row.is_shipped else row.words


def _whose(row: WordsRow) -> Whose:
    return find_whose(db.session(), Proposal(Kind.WORDS, row.id), row.saved_by_id, current_actor())
