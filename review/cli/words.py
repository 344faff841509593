"""`dualtrack words`: the words of mails and letters as a file, checked, and taken in."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from review.cli.actors import find_hr
from review.cli.check import fault_data, print_faults
from review.cli.installation import open_installation, open_to_read
from review.domain.errors import Fault, Invalid
from review.domain.wording_file import WordsText, parse_words, write_words
from review.domain.wording_list import PIECES, words_of
from review.queries.wordings import load_changed
from review.services.wordings_import import import_words

FILE = click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
AS_JSON = click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")


@click.group("words")
def words() -> None:
    """Take the words of mails and letters along as a file, check such a file, and take one in."""


@words.command("export")
@click.option("--changed", "is_narrow", is_flag=True, help="Only what was changed here.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file, not to the screen.")
def export(out: Path | None, *, is_narrow: bool) -> None:
    """Write the words in force, those that were not changed as they are shipped."""
    with open_to_read() as (session, _now):
        changed = load_changed(session)
    source = write_words({name: words_of(PIECES[name], changed) for name in PIECES if not is_narrow or name in changed})
    if out is None:
        click.echo(source, nl=False)
    else:
        out.write_text(source, encoding="utf-8")


@words.command("check")
@FILE
@AS_JSON
def check(path: Path, *, is_json: bool) -> None:
    """Say every fault of the file PATH with line and column. Exits 1 when there is one."""
    found = parse_words(_read(path), path.name)
    faults = () if isinstance(found, WordsText) else found
    _tell({"pieces": len(found.words) if isinstance(found, WordsText) else 0}, faults, is_json=is_json)


@words.command("import")
@FILE
@click.option("--by", "who", required=True, metavar="WHO", help="HR partner: e-mail, or the name where it is unique.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would happen and change nothing.")
@AS_JSON
def take_in(path: Path, who: str, *, is_dry: bool, is_json: bool) -> None:
    """Take the words of the file PATH in: mails at once, parts of the letter as proposals, all or none.

    Exits 1 when the file has faults.
    """
    found = parse_words(_read(path), path.name)
    if not isinstance(found, WordsText):
        _tell({"is_dry_run": is_dry}, found, is_json=is_json)
        return
    with open_installation() as (session, now):
        try:
            told = import_words(session, found.words, actor=find_hr(session, who), now=now)
        except Invalid as refused:
            _tell({"is_dry_run": is_dry}, refused.faults, is_json=is_json)
            return
        if not is_dry:
            session.commit()
    _tell(
        {"is_dry_run": is_dry, "changed": told.changed, "proposed": told.proposed, "same": told.same},
        (),
        is_json=is_json,
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{path} is not text in UTF-8") from error


def _tell(told: dict[str, object], faults: tuple[Fault, ...], *, is_json: bool) -> None:
    if is_json:
        click.echo(json.dumps(told | {"faults": [fault_data(each) for each in faults]}))
    elif faults:
        print_faults(faults)
    else:
        click.echo("; ".join(f"{name.replace('_', ' ')}: {_say(value)}" for name, value in told.items()))
    sys.exit(1 if faults else 0)


def _say(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (", ".join(map(str, value)) or "none") if isinstance(value, tuple) else str(value)
