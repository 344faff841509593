"""`dualtrack words`: out as a file, checked with the place of every fault, and in again by HR."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from review.cli.words import words
from review.config import Settings
from review.domain.wording_file import WordsText, parse_words, write_words
from review.domain.wording_list import PIECES, words_of
from review.models import WordingVersion
from review.queries.wordings import load_changed
from review.services.wordings import save_words
from tests.conftest import environment
from tests.factories import open_scene

MAIL, PART = "data_ready", "letter_appeal"
MINE = {**words_of(PIECES[MAIL], {}), "subject": "Your file: “is” there", "body": "Take it, {{reader}}.\n\nSoon."}
BAD = """\
schema: review-words/1
words:
  data_ready:
    subject: 'Hello {{reader}}'
    heading: Your {{vote}}
    body: |
      Take it,

        {{reader.
    button: 7
  please_raed:
    subject: x
  overdue:
    subject: "a\\u202eb"
    heading: |-
      two
      lines
    body: >-
      folded and
      {{wrong}}
    butten: Open
  letter_appeal: nothing
"""


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner(env=environment(settings)).invoke(words, list(arguments))


def test_every_fault_has_its_place() -> None:
    found = parse_words(BAD, "w.yaml")
    assert isinstance(found, tuple)
    assert [(fault.line, fault.column, str(fault.what)) for fault in found] == [
        (4, 21, "“{{reader}}” is not known here"),
        (5, 19, "“{{vote}}” is not known here"),
        (9, 9, "braces that are not closed"),
        (10, 13, "this is not text"),
        (11, 3, "there is no mail or part of the letter “please_raed”"),
        (13, 3, "the text “button” is missing"),
        (14, 16, "a sign that nobody sees (U+202E)"),
        (16, 10, "the line ends here"),
        (18, 11, "“{{wrong}}” is not known here"),
        (21, 5, "there is no such text here"),
        (22, 18, "these are no texts"),
    ]
    assert [str(each.expected) for each in found if each.line in {11, 21}] == ['"please_read"', '"button"']


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("- a\n", "w.yaml:1:1: this is no file of words (expected: a map with schema and words)"),
        ("schema: other/1\nwords: {}\n", "w.yaml:1:9: the schema is another one (expected: schema: review-words/1)"),
        (
            "schema: review-words/1\nwords: {}\nmore: 1\n",
            'w.yaml:3:1: the key "more" is not known (expected: schema and words)',
        ),
    ],
)
def test_another_file_is_told(source: str, told: str) -> None:
    found = parse_words(source, "w.yaml")
    assert isinstance(found, tuple)
    assert [str(fault) for fault in found] == [told]


def test_all_that_is_said_goes_out_and_comes_back(
    session: Session, settings: Settings, now: datetime, tmp_path: Path
) -> None:
    hanna = open_scene(session, now).actor("hanna")
    save_words(session, MAIL, MINE, version=0, actor=hanna, now=now)
    session.commit()
    out = tmp_path / "words.yaml"
    assert run(settings, "export", "--out", str(out)).exit_code == 0
    found = parse_words(out.read_text(encoding="utf-8"), "words.yaml")
    assert found == WordsText({name: MINE if name == MAIL else words_of(PIECES[name], {}) for name in PIECES})
    assert run(settings, "export", "--changed").output == write_words({MAIL: MINE})
    assert json.loads(run(settings, "check", str(out), "--json").output) == {"pieces": len(PIECES), "faults": []}


def test_a_file_is_taken_in_by_hr_after_a_dry_run(
    session: Session, settings: Settings, now: datetime, tmp_path: Path
) -> None:
    open_scene(session, now)
    session.commit()
    appeal = {**words_of(PIECES[PART], {}), "appeal_head": "Not right?"}
    file = tmp_path / "words.yaml"
    file.write_text(
        write_words({MAIL: MINE, PART: appeal, "overdue": words_of(PIECES["overdue"], {})}), encoding="utf-8"
    )
    given = ("import", str(file), "--by", "Hanna Ruiz", "--json")
    done = {"changed": [MAIL], "proposed": [PART], "same": ["overdue"], "faults": []}
    assert json.loads(run(settings, *given, "--dry-run").output) == {"is_dry_run": True, **done}
    assert (session.scalars(sa.select(WordingVersion.id)).all(), load_changed(session)) == ([], {})
    session.rollback()
    assert json.loads(run(settings, *given).output) == {"is_dry_run": False, **done}
    assert load_changed(session) == {MAIL: MINE}
    session.rollback()
    again = json.loads(run(settings, *given).output)
    assert (again["changed"], again["proposed"], again["same"]) == ([], [], [MAIL, PART, "overdue"])
    assert run(settings, "import", str(file), "--by", "Iris Vance").exit_code == 2
    file.write_text(BAD, encoding="utf-8")
    refused = run(settings, "import", str(file), "--by", "Hanna Ruiz")
    assert (refused.exit_code, "words.yaml:9:9: braces that are not closed" in refused.output) == (1, True)
