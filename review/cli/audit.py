"""`dualtrack audit`: whether the trail is whole, its end to be kept elsewhere, and its events as a file."""

from __future__ import annotations

import json
import sys
from typing import TextIO

import click

from review.cli.actors import find_auditor
from review.cli.installation import open_installation, open_to_read
from review.domain.errors import Invalid
from review.domain.trail import FIRST_MAC, TrailCheck, TrailStatus, judge_trail, read_anchor


@click.group("audit")
def audit() -> None:
    """Check the trail, anchor it elsewhere, take it along."""


@audit.command("verify")
@click.option("--anchor", type=click.File("r"), help="A file that `audit anchor` printed: finds a cut tail.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def verify(*, anchor: TextIO | None, is_json: bool) -> None:
    """Check every event's seal. Exits 0 whole, 1 broken at a seq, 2 cut, 3 nothing to verify.

    Without an anchor kept elsewhere a tail that was cut off together with the head cannot be seen.
    """
    from review.queries.trail import walk_trail
    from review.services.audit_head import audit_key

    try:
        kept = read_anchor(anchor.read()) if anchor else None
    except Invalid as refused:
        raise click.UsageError(str(refused.faults[0])) from refused
    found = TrailCheck(0, FIRST_MAC)
    with open_to_read() as (session, _):
        for found in walk_trail(session, audit_key(session), anchor_seq=kept.seq if kept else None):  # noqa: B007 - the last one counts
            session.rollback()  # what SQLite has kept aside for this reader can go meanwhile
    status, words = judge_trail(found, kept)
    told = {"status": int(status), "seq": found.seq, "broken_at": found.broken_at, "erased": found.erased}
    click.echo(json.dumps(told) if is_json else str(words))
    sys.exit(status)


@audit.command("anchor")
def print_anchor() -> None:
    """Print the end of the trail, to be kept where nobody who runs the installation can change it."""
    from review.queries.trail import find_end

    with open_to_read() as (session, _):
        end = find_end(session)
    if end is None:
        click.echo("nothing to anchor", err=True)
        sys.exit(TrailStatus.NOTHING)
    click.echo(end.to_json())


@audit.command("export")
@click.option("--for", "auditor", required=True, help="The auditor: e-mail, external id or whole name.")
@click.option("--format", "kind", type=click.Choice(["csv", "jsonl"]), default="jsonl", show_default=True)
@click.option("--out", type=click.File("w", encoding="utf-8", lazy=False), default="-", help="A file; else the screen.")
def export(*, auditor: str, kind: str, out: TextIO) -> None:
    """Write every event that an auditor may read, with details, the oldest first; the trail keeps that it was taken."""
    from review.adapters.event_files import FILES
    from review.domain.access import SYSTEM
    from review.domain.trail_words import tell_kind
    from review.queries.audit import walk_events
    from review.services.audit import record

    with open_installation() as (session, now):
        actor = find_auditor(session, auditor)
        detail = {"format": kind, "person": actor.person_id}
        record(session, "trail.export", actor=SYSTEM, now=now, detail=detail)
        session.commit()
    with open_to_read() as (session, _):
        for piece in FILES[kind].write(walk_events(session, actor), lambda each: str(tell_kind(each))):
            session.rollback()
            out.write(piece)


@audit.command("replace-key")
def replace_audit_key() -> None:
    """Seal the whole trail anew under another AUDIT_KEY; stop web servers and workers first.

    Where the key lies in VAR_DIR/audit.key, the new one is made and put in its place; the old one stays beside it as
    audit.key.before. Where it comes from the environment, say the new one as AUDIT_KEY_NEXT. Run it again where it was
    interrupted. Exits 1 where the trail does not hold: then nothing was changed.
    """
    from review.cli.audit_keys import find_next_key, put_in_place
    from review.config import read_settings
    from review.queries.hooks import count_signing_hooks
    from review.queries.trail import check_trail
    from review.services.audit_rekey import NotWhole, is_replaced, replace_key

    settings = read_settings()
    try:
        new = find_next_key(settings)
    except ValueError as refused:
        raise click.UsageError(str(refused)) from refused
    with open_installation() as (session, now):
        try:
            if not is_replaced(session, new):
                replace_key(session, new, now=now)
                session.commit()
        except NotWhole as broken:
            click.echo(f"Nothing was changed: the trail does not hold at event {broken.seq}.", err=True)
            sys.exit(TrailStatus.BROKEN)
        status, words = judge_trail(check_trail(session, new), None)
        hooks = count_signing_hooks(session)
    click.echo(str(words))
    if status is TrailStatus.WHOLE:
        click.echo(put_in_place(settings))
        click.echo(f"Take a new anchor and a new backup. {hooks} hooks sign with another secret: renew each of them.")
    sys.exit(status)
