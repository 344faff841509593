"""What the pages of a rehearsal show: its cast, matrix and report, read from its own database, and the frame above."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from pathlib import Path

import sqlalchemy as sa
from flask import request, url_for
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session, aliased

from review.domain.errors import TransitionRefused
from review.domain.table import Cell
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.extensions import db
from review.models import Message
from review.queries.rehearsals import RehearsalRow
from review.rehearsal import matrix
from review.rehearsal.dates import find_next_date, find_next_due
from review.rehearsal.draft import Draft, parse_draft
from review.rehearsal.matrix import CastMember, find_places, list_cast, list_cells
from review.rehearsal.report import Report, gather_report
from review.web.rehearsal_site import Site
from review.web.words import tr

MENDS: Mapping[str, str] = {
    "committees": "committees.edit",
    "roles": "people.roles",
    "ladder": "ladders.listing",
    "workflow": "workflows.listing",
    "draft": "cycles.detail",
}
"""Where a fault is put right."""
MOST_WORDS = 4_000
LEAPS: Mapping[str, tuple[Callable[[Session, datetime], datetime | None], Text]] = {
    "due": (find_next_due, text("Nothing is due any more")),
    "date": (find_next_date, text("The cycle has no later date")),
}
"""Where the clock goes but by a day, and what is said where there is nothing ahead."""


@dataclass(frozen=True)
class Frame:
    """What stands above each page within a rehearsal: who one looks as, when, and the forms that change it."""

    id: int
    cycle: str
    now: datetime
    groups: tuple[tuple[str, tuple[CastMember, ...]], ...]
    token: str
    outside: str
    look_url: str
    clock_url: str
    back: str


@dataclass(frozen=True)
class ShownReport:
    """The report with what belongs to it: the draft that was walked, and one mail of each kind."""

    report: Report
    draft: Draft
    mails: Mapping[int, tuple[str, str]]  # message → subject and text


def frame_of(site: Site, row: RehearsalRow) -> Frame:
    """Return the frame for this request; its forms go to the installation, with the installation's token."""
    groups = groupby(read_cast(site), key=lambda each: each.part.rstrip("-0123456789"))
    return Frame(
        id=row.id,
        cycle=row.cycle,
        now=site.place.read_clock(),
        groups=tuple((name.replace("-", " "), tuple(members)) for name, members in groups),
        token=generate_csrf(),
        outside=url_for("rehearsals.show", rehearsal_id=row.id),
        look_url=url_for("rehearsals.look", rehearsal_id=row.id),
        clock_url=url_for("rehearsals.leap", rehearsal_id=row.id),
        back=request.environ.get("SCRIPT_NAME", "") + request.path if request.method == "GET" else "",
    )


def read_cast(site: Site) -> tuple[CastMember, ...]:
    """Return everybody to look as."""
    with site.app.app_context():
        return list_cast(db.session())


def read_matrix(site: Site) -> dict[tuple[str, str], matrix.Cell]:
    """Return the cells of the matrix by role and phase."""
    with site.app.app_context():
        there = find_places(db.session(), site.place.read_clock())
    return {(cell.role, cell.phase): cell for cell in list_cells(there)}


def read_report(site: Site, row: RehearsalRow) -> ShownReport:
    """Return the report as the rehearsal stands now."""
    place = site.place
    draft = parse_draft(place.read_draft())
    is_stuck = bool(row.report.get("is_stuck"))
    with site.app.app_context():
        session = db.session()
        found = gather_report(session, draft, place.read_phases(), now=place.read_clock(), is_stuck=is_stuck)
        carrier = aliased(Message)
        keys = session.execute(
            sa.select(Message.id, sa.func.coalesce(carrier.key, Message.key))
            .outerjoin(carrier, carrier.id == Message.digest_id)
            .where(Message.id.in_([line.example_id for line in found.mails]))
        ).all()
    return ShownReport(found, draft, {number: _read_mail(place.folder / "mail", key) for number, key in keys})


def report_rows(shown: ShownReport) -> Iterator[tuple[str, str, Cell, str]]:
    """Yield the report line by line, for a table."""
    report, draft = shown.report, shown.draft
    yield gettext("Ladder"), f"{draft.ladder.name} {draft.ladder.version}", draft.ladder.digest, ""
    for pinned in draft.workflows:
        yield gettext("Workflow"), f"{pinned.title} {pinned.version}", pinned.digest, pinned.track
    for fault in report.faults:
        yield gettext("Fault"), tr(fault.words), "", fault.mend
    for words in report.notes:
        yield gettext("Note"), tr(words), "", ""
    for stage in report.stages:
        yield gettext("Stage"), str(stage.phase), stage.came, "" if stage.days is None else str(stage.days)
    for case in report.cases:
        yield gettext("Case"), case.code, case.outcome, case.plot
    for mail in report.mails:
        yield gettext("Mail"), mail.template, mail.count, ", ".join(mail.parts)
    for what, count in report.timers:
        yield gettext("Timer"), what, count, ""


def to_leap(site: Site, to: str) -> None:
    """Let time go by to the next day, thing due or date of the cycle; raise TransitionRefused after the last."""
    from review.rehearsal.play import move_clock  # what plays a rehearsal is loaded where one is played

    now = site.place.read_clock()
    if to not in LEAPS:
        move_clock(site.place, now + timedelta(days=1))
        return
    find, none = LEAPS[to]
    with site.app.app_context():
        moment = find(db.session(), now)
    if moment is None:
        raise TransitionRefused([none])
    move_clock(site.place, moment)


def _read_mail(folder: Path, key: str) -> tuple[str, str]:
    """Return subject and text of a mail in the box; empty where it is no longer there."""
    from email import message_from_bytes, policy  # what reads heads of mails is loaded where one is read

    path = folder / f"{sha256(key.encode()).hexdigest()[:32]}.eml"
    if not path.is_file():
        return "", ""
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = mail.get_body(("plain",))
    return str(mail["Subject"]), "" if body is None else str(body.get_content())[:MOST_WORDS]
