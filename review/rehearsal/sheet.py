"""The report of a rehearsal as it is printed: as it was signed off, else as the rehearsal stands now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from review.domain.insight.sheet import Line, Table, Words, spell
from review.domain.rehearsal_sheet import RehearsalSheet
from review.domain.text import Text, text
from review.queries.rehearsals import RehearsalRow
from review.rehearsal.cast import PLOT_WORDS
from review.rehearsal.draft import Draft, parse_draft
from review.rehearsal.matrix import PHASES, ROLES
from review.rehearsal.place import Place, open_engine
from review.rehearsal.report import Report, Verdict, find_verdict, gather_report, shorten

CELLS = len(ROLES) * len(PHASES)
NONE = text("Nothing was found.")
NONE_SO_FAR = text("None so far.")
VERDICTS: Mapping[Verdict, tuple[Text, Text]] = {
    Verdict.PASSED: (text("Passed"), text("Every case has ended, and nothing is to be mended.")),
    Verdict.FAILED: (text("Failed"), text("Something is to be mended, or a case goes no further.")),
    Verdict.UNDER_WAY: (text("Under way"), text("Not every case has come to its end.")),
}
WALKED: Mapping[str, Text] = {"Ladder": text("Ladder"), "Workflow": text("Workflow")}


def keep(report: Report, draft: Draft, looked: int) -> dict[str, Any]:
    """Return what is kept of a report with its signature, and printed: its lines, what was walked and looked at."""
    ladder = draft.ladder
    walked = [["Ladder", f"{ladder.name} {ladder.version}", ladder.digest]]
    walked += [["Workflow", f"{each.title} {each.version}", each.digest] for each in draft.workflows]
    return {**shorten(report), "walked": walked, "looked": looked}


def compose_sheet(row: RehearsalRow, place: Place, company: str) -> RehearsalSheet:
    """Return the report of a rehearsal; one that is signed off says what was signed, whatever was done there since."""
    return _sheet(row, row.report if row.signed_at else {**row.report, **_read_now(row, place)}, company)


def _read_now(row: RehearsalRow, place: Place) -> dict[str, Any]:
    draft = parse_draft(place.read_draft())
    is_stuck = bool(row.report.get("is_stuck"))
    with open_engine(place) as engine, Session(engine) as session:
        found = gather_report(session, draft, place.read_phases(), now=place.read_clock(), is_stuck=is_stuck)
    return keep(found, draft, len(row.looked))


def _sheet(row: RehearsalRow, kept: Mapping[str, Any], company: str) -> RehearsalSheet:
    verdict, meaning = VERDICTS[find_verdict(kept, kept["faults"])]
    sheet = RehearsalSheet(
        cycle=row.cycle,
        company=company,
        zone=row.zone,
        draft=row.digest,
        verdict=verdict,
        meaning=meaning,
        looked=text("%(seen)s of %(total)s cells of the matrix", seen=kept.get("looked", 0), total=CELLS),
        started_by=row.started_by,
        started_at=row.started_at,
        signed_by=row.signed_by,
        signed_at=row.signed_at,
        tables=tuple(_tables(kept)),
    )
    return spell(sheet, str)


def _tables(kept: Mapping[str, Any]) -> Iterable[Table]:
    refusal = kept.get("refusal")
    opening = [text("The cycle could not be opened: %(why)s", why=refusal)] if refusal else []
    faults = ((each,) for each in (*opening, *kept["faults"]))
    yield _table("faults", text("To be mended"), (text("What is in the way"),), faults, NONE)
    if kept["notes"]:
        yield _table("notes", text("Not tried"), (text("What, and why"),), ((each,) for each in kept["notes"]), "")
    cases = ((code, _plot(plot), state) for code, plot, state, _outcome in kept["cases"])
    yield _table("cases", text("Cases"), (text("Case"), text("What is tried"), text("Now")), cases, NONE_SO_FAR)
    stages = (
        (PHASES[phase], str(came), "" if days is None else str(days)) for phase, came, days in kept["stages"] if came
    )
    header = (text("Stage"), text("Cases that came"), text("Days, median"))
    yield _table("stages", text("Stages"), header, stages, NONE_SO_FAR)
    mails = ((name.replace("_", " "), str(count)) for name, count in kept["mails"])
    yield _table("mails", text("Mails that would go"), (text("Kind"), text("How many")), mails, NONE_SO_FAR)
    timers = ((what.replace("_", " "), str(count)) for what, count in kept["timers"])
    yield _table("timers", text("Timers that fired"), (text("What"), text("How often")), timers, NONE_SO_FAR)
    walked = ((WALKED[kind], name, digest[:16]) for kind, name, digest in kept.get("walked", ()))
    yield _table("walked", text("What was walked"), (text("Part"), text("Version"), text("Digest")), walked, "")


def _plot(plot: str) -> Words:
    return PLOT_WORDS.get(plot, plot)


def _table(key: str, title: Text, header: tuple[Text, ...], rows: Iterable[tuple[Words, ...]], none: Words) -> Table:
    lines = tuple(Line(row[0], row[1:]) for row in rows)
    return Table(key, title, header, lines, "" if lines else none)
