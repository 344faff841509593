"""`dualtrack cycle rehearse`: walk a draft to its end without pages, and print what would go wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.cli.installation import open_to_read
from review.models import Cycle

if TYPE_CHECKING:
    from datetime import datetime

    from review.rehearsal.draft import Draft

SEED = 2026


@click.command("rehearse")
@click.argument("code")
@click.option("--play/--no-play", default=True, help="Walk all stages, or only build and look for faults.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def rehearse(code: str, *, play: bool, is_json: bool) -> None:
    """Rehearse the draft cycle with this CODE on synthetic people, in a folder that is gone afterwards.

    Nothing real is touched and nothing is kept or mailed. The last line says
    passed or failed; exits 1 when faults were found or a case did not end, 2 where there is no such draft.
    """
    from review.rehearsal.draft import read_draft

    with open_to_read() as (session, now):
        number = session.scalar(sa.select(Cycle.id).where(Cycle.code == code, Cycle.state == "draft"))
        if number is None:
            raise click.UsageError(f"There is no draft with the code {code}.")
        draft = read_draft(session, number)
    with _walk(draft, now, play=play) as found:
        click.echo(json.dumps(found) if is_json else _tell(found))
    sys.exit(1 if found["result"] == "failed" else 0)


@contextmanager
def _walk(draft: Draft, now: datetime, *, play: bool) -> Iterator[dict[str, Any]]:
    from review.rehearsal.company import build_company
    from review.rehearsal.place import Place, open_engine
    from review.rehearsal.play import is_over, play_to_the_end
    from review.rehearsal.report import find_verdict, gather_report, shorten

    with TemporaryDirectory(prefix="rehearsal-") as folder:
        place = Place(Path(folder) / "rehearsal")
        refusal = build_company(place, draft, now=now, seed=SEED)
        has_ended = play and not refusal and (play_to_the_end(place) or is_over(place))
        is_stuck = play and not has_ended
        with open_engine(place) as engine, Session(engine) as session:
            report = gather_report(
                session, draft, place.read_phases(), now=place.read_clock(), is_stuck=is_stuck and not refusal
            )
        walked = {"refusal": refusal, "is_over": has_ended or not play, "is_stuck": is_stuck}
        result = str(find_verdict(walked, report.faults))
        yield {"result": result, "refusal": refusal, "is_over": has_ended, **shorten(report)}


def _tell(found: dict[str, Any]) -> str:
    lines = [f"fault: {words}" for words in (*([found["refusal"]] if found["refusal"] else ()), *found["faults"])]
    lines += [f"note: {words}" for words in found["notes"]]
    lines += [f"{code}\t{plot}\t{state}\t{outcome or '-'}" for code, plot, state, outcome in found["cases"]]
    lines += [f"mail\t{template}\t{count}" for template, count in found["mails"]]
    return "\n".join([*lines, found["result"]])
