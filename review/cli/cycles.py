"""`dualtrack cycle new`, `check` and `release`: a cycle from a file or like another, its checklist, its letters."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.cli.actors import find_hr
from review.cli.check import print_faults
from review.cli.installation import open_installation, open_to_read
from review.domain.access import SYSTEM
from review.domain.cycle_file import CycleText, parse_cycle
from review.domain.eligibility_rules import Rules
from review.domain.errors import Fault, Invalid, NotAllowed, TransitionRefused
from review.domain.house_policy import lay_over
from review.domain.text import Text, text
from review.models import Cycle, LadderVersion, WorkflowVersion
from review.queries.checklist_people import list_checks
from review.queries.policies import house_policy
from review.queries.releases import MOST_AT_ONCE, list_rows
from review.services.cycles import CyclePlan, create_cycle
from review.services.cycles_clone import clone_cycle
from review.services.releases import approve_release, prepare_release

JSON = click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
BY = click.option("--by", "who", required=True, metavar="WHO", help="HR partner: e-mail, external id or whole name.")


@click.command("new")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--clone", "like", metavar="CODE", help="Set it up like the cycle with this code.")
@click.option("--code", help="With --clone: the code of the new cycle.")
@click.option("--name", help="With --clone: its name.")
@click.option("--opening", type=click.DateTime(["%Y-%m-%d"]), help="With --clone: the day from which its dates count.")
@BY
@JSON
def new(
    *,
    file: Path | None,
    like: str | None,
    code: str | None,
    name: str | None,
    opening: datetime | None,
    who: str,
    is_json: bool,
) -> None:
    """Set up a draft from FILE, or like an earlier cycle. Exits 1 with every fault."""
    if (file is None) == (like is None):
        raise click.UsageError("give a FILE, or --clone with the code of a cycle")
    if like and not (code and name and opening):
        raise click.UsageError("--clone needs --code, --name and --opening")
    with open_installation() as (session, now):
        actor = find_hr(session, who)
        left: tuple[Text, ...] = ()
        try:
            if file is not None:
                cycle = create_cycle(session, _read_plan(session, file), actor=actor, now=now)
            else:
                source = find_cycle(session, str(like)).id
                day = opening.date() if opening else now.date()
                given = {"code": str(code), "name": str(name)}
                cycle, left = clone_cycle(session, source, opening=day, actor=actor, now=now, **given)
        except Invalid as refused:
            print_faults(refused.faults)
            sys.exit(1)
        session.commit()
        told = {"cycle": cycle.code, "state": cycle.state, "left": [str(each) for each in left]}
    _tell(
        told,
        [f"{told['cycle']} is set up as a draft", *(f"not carried over: {each}" for each in left)],
        is_json=is_json,
    )


@click.command("check")
@click.argument("code")
@JSON
def check(code: str, *, is_json: bool) -> None:
    """Print the checklist of the draft with this CODE. Exits 1 while something keeps it shut."""
    with open_to_read() as (session, now):
        lines = list_checks(session, find_cycle(session, code), actor=SYSTEM, now=now)
    rows = [
        {"met": line.is_met, "blocking": line.is_blocking, "step": line.step, "words": str(line.words)}
        for line in lines
    ]
    is_shut = any(line.keeps_shut for line in lines)
    signs = {(True, True): "ok", (True, False): "ok", (False, True): "MISSING", (False, False): "look"}
    told = [f"{signs[line.is_met, line.is_blocking]}\t{line.words}" for line in lines]
    _tell({"cycle": code, "shut": is_shut, "lines": rows}, told, is_json=is_json)
    sys.exit(1 if is_shut else 0)


@click.command("release")
@click.argument("code")
@BY
@click.option(
    "--approve", "batch", type=int, metavar="BATCH", help="Approve this batch, which another partner prepared."
)
@JSON
def release(code: str, who: str, *, batch: int | None, is_json: bool) -> None:
    """Prepare every ready letter of the cycle with this CODE as a batch; with --approve send a batch out.

    Of more letters than go out at once the first are taken, by the number of their case; the rest is another batch.
    Two HR partners, as on the page: who prepared a batch does not approve it. More than fifty letters are sent by a
    worker, part by part; the page of the cycle's letters says how far it is. Exits 1 when there is nothing to send, or
    a letter cannot go out.
    """
    with open_installation() as (session, now):
        cycle_id, actor = find_cycle(session, code).id, find_hr(session, who)
        try:
            if batch is not None:
                sent = approve_release(session, cycle_id, batch, actor=actor, now=now)
                by_worker = sent is None
                told: Mapping[str, Any] = {
                    "cycle": code,
                    "batch": batch,
                    "sent": len(sent or ()),
                    "by_worker": by_worker,
                }
                words = "a worker sends the letters" if sent is None else f"{len(sent)} letters are out"
            else:
                rows = list_rows(session, cycle_id, actor)
                ready = [row.case_id for row in rows if row.is_ready and row.batch_id is None]
                first, left = ready[:MOST_AT_ONCE], len(ready[MOST_AT_ONCE:])
                made = prepare_release(session, cycle_id, first, actor=actor, now=now)
                number = made.id if made else None
                told = {"cycle": code, "batch": number, "cases": len(first), "left": left}
                words = f"batch {number} with {len(first)} letters waits for another HR partner: --approve {number}"
                words += f"; {left} more are ready, for another batch" if left else ""
        except (NotAllowed, TransitionRefused) as refused:
            _refuse(refused.reasons)
        except Invalid as refused:
            print_faults(refused.faults)
            sys.exit(1)
        session.commit()
    _tell(told, [words], is_json=is_json)


def find_cycle(session: Session, code: str) -> Cycle:
    """Return the cycle with this code; raise UsageError where there is none."""
    found = session.scalar(sa.select(Cycle).where(Cycle.code == code))
    if found is None:
        raise click.UsageError(f"there is no cycle {code}")
    return found


def _read_plan(session: Session, file: Path) -> CyclePlan:
    """Return the plan in a file; raise Invalid with every fault of it."""
    parsed = parse_cycle(file.read_text(encoding="utf-8"), file.name)
    if not isinstance(parsed, CycleText):
        raise Invalid(parsed)
    said, asked = parsed.said, parsed.said.eligibility
    ladder = _find_version(session, LadderVersion, said.ladder)
    found = {track: _find_version(session, WorkflowVersion, named) for track, named in said.workflows.items()}
    if ladder is None or None in found.values():
        missing = [said.ladder] if ladder is None else []
        missing += [said.workflows[track] for track, version in found.items() if version is None]
        expected = text("a key and a published version, such as ic 1")
        raise Invalid([Fault(text("%(name)s is not there", name=name), expected, file=file.name) for name in missing])
    return CyclePlan(
        code=said.code,
        name=said.name,
        zone=said.zone,
        country=said.country,
        ladder_version_id=ladder,
        workflows={track: version for track, version in found.items() if version is not None},
        dates={},
        required_functions=said.functions,
        policy=lay_over(house_policy(session), said.policy),
        date_rules=parsed.rules,
        eligibility=Rules(asked.min_months, asked.levels, asked.tracks, asked.functions),
    )


def _find_version(session: Session, model: type[LadderVersion] | type[WorkflowVersion], named: str) -> int | None:
    key, _, version = named.strip().rpartition(" ")
    return session.scalar(
        sa.select(model.id).where(
            model.key == key, sa.cast(model.version, sa.Text) == version, model.published_at.is_not(None)
        )
    )


def _refuse(reasons: Iterable[Text]) -> None:
    for reason in reasons:
        click.echo(str(reason), err=True)
    sys.exit(1)


def _tell(data: Mapping[str, Any], lines: Iterable[str], *, is_json: bool) -> None:
    if is_json:
        click.echo(json.dumps(data, ensure_ascii=False))
        return
    for line in lines:
        click.echo(line)
