"""`dualtrack demo`: fill an empty installation with a made-up company."""

from __future__ import annotations

import sys
import time

import click

from review.cli.database import migrate_database
from review.config import Settings, read_settings


@click.command()
@click.option("--seed", type=int, default=2026, show_default=True, help="For what is drawn by lot.")
def demo(seed: int) -> None:
    """Fill an empty installation with a made-up company: two cycles, and a case for every state.

    Needs DEMO=1, so that one signs in by choosing a person. A second time it says that the company is there.
    """
    from sqlalchemy.orm import Session

    from review.adapters.clock import read_clock
    from review.adapters.mail import make_mailer
    from review.demo.build import OtherPeople, build_demo, is_built
    from review.demo.content import load_content
    from review.extensions import make_engine
    from review.worker import Outcome, send_due

    settings = read_settings()
    if not settings.is_demo:
        raise click.UsageError("Set DEMO=1: it shows the people to sign in as, and is refused where others could too.")
    migrate_database(settings)
    content, engine = load_content(), make_engine(settings)
    try:
        with Session(engine) as session:
            is_there = is_built(session, content)
    except OtherPeople:
        click.echo("This database holds other people. Give the demo one of its own, e.g. VAR_DIR=var/demo", err=True)
        sys.exit(1)
    if is_there:
        click.echo(f"{content.company.name} is here already. {_how_to_sign_in(settings)}")
        return
    started = time.monotonic()
    beside = max(settings.render_processes - 1, 1)
    now = read_clock()
    built = build_demo(engine, content, now=now, seed=seed, processes=beside)
    mails = send_due(engine, make_mailer(settings), settings, now=now)
    engine.dispose()
    click.echo(
        f"{content.company.name}: {built.people} people, {built.cases} cases and {built.events} events in the trail, "
        f"built in {time.monotonic() - started:.1f} s. The worker prints {built.files_to_print} more files. "
        f"{mails[Outcome.SENT]} mails of these days went to {settings.mail}, one with a link for somebody outside. "
        f"{_how_to_sign_in(settings)}"
    )


def _how_to_sign_in(settings: Settings) -> str:
    return f"Once it is served, sign in at {settings.public_url}/sign-in with a click on one of the cast."
