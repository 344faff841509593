"""`dualtrack demo`: fill an empty installation with a made-up company, of any size."""

from __future__ import annotations

import sys
import time
from datetime import datetime

import click
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.cli.backup import Progress
from review.cli.database import migrate_database
from review.config import Settings, read_settings
from review.demo.sizes import FEWEST, MOST, PEOPLE_A_CASE
from review.domain.text import plural


@click.command()
@click.option("--seed", type=int, default=2026, show_default=True, help="For what is drawn by lot.")
@click.option("--people", type=click.IntRange(FEWEST, MOST), help="Make the company this large.")
@click.option("--cases", type=click.IntRange(min=1), help="With so many cases; without it one for each 20 people.")
def demo(seed: int, people: int | None, cases: int | None) -> None:
    """Fill an empty installation with a made-up company: two cycles, and a case for every state.

    With --people the company goes on over and over, division after division, with cases in proportion.
    Needs DEMO=1, so that one signs in by choosing a person. A second time it says that the company is there.
    """
    from review.extensions import make_engine

    if cases is not None and (people is None or cases > people // PEOPLE_A_CASE):
        raise click.UsageError(f"--cases goes with --people, at most one for each {PEOPLE_A_CASE} people.")
    settings = read_settings()
    if not settings.is_demo:
        raise click.UsageError("Set DEMO=1: it shows the people to sign in as, and is refused where others could too.")
    migrate_database(settings)
    engine = make_engine(settings)
    if not _is_there(engine, people):
        _build(engine, settings, seed)
    if people is not None:
        _grow(engine, people, cases, seed)
    engine.dispose()


def _is_there(engine: Engine, people: int | None) -> bool:
    """Tell whether the company is there; ends the command where nothing is left to do, or other people are there."""
    from review.demo.build import OtherPeople, is_built
    from review.demo.content import load_content
    from review.demo.scale import is_grown

    content = load_content()
    try:
        with Session(engine) as session:
            is_there, is_large = is_built(session, content), is_grown(session, len(content.people))
    except OtherPeople:
        click.echo("This database holds other people. Give the demo one of its own, e.g. VAR_DIR=var/demo", err=True)
        sys.exit(1)
    if is_there and (people is None or is_large):
        click.echo(f"{content.company.name} is here already. {_how_to_sign_in(read_settings())}")
        sys.exit(0)
    return is_there


def _build(engine: Engine, settings: Settings, seed: int) -> None:
    from review.adapters.mail import make_mailer
    from review.demo.build import build_demo
    from review.demo.content import load_content
    from review.worker import Outcome, send_due

    content, started, now = load_content(), time.monotonic(), _now()
    built = build_demo(engine, content, now=now, seed=seed, processes=max(settings.render_processes - 1, 1))
    mails = send_due(engine, make_mailer(settings), settings, now=now)
    click.echo(
        f"{content.company.name}: {built.people} people, {built.cases} cases and {built.events} events in the trail, "
        f"built in {time.monotonic() - started:.1f} s. The worker prints {built.files_to_print} more files. "
        f"{say_mails(mails[Outcome.SENT], settings.mail)} "
        f"{_how_to_sign_in(settings)}"
    )


def say_mails(count: int, place: str) -> str:
    """Return how many mails of the made-up days went out; before the morning it is the urgent one alone."""
    one = "%(count)s mail of these days went to %(place)s, with a link for somebody outside."
    many = "%(count)s mails of these days went to %(place)s, one with a link for somebody outside."
    return str(plural(one, many, count, place=place))


def _grow(engine: Engine, people: int, cases: int | None, seed: int) -> None:
    from review.demo.content import load_content
    from review.demo.scale import grow_company

    domain, started = load_content().company.domain, time.monotonic()
    with Session(engine) as session:
        grown = grow_company(session, people=people, cases=cases, domain=domain, now=_now(), seed=seed, tell=Progress())
        session.commit()
    click.echo(
        f"Now there are {grown.people} people, {grown.cases} cases, {grown.answers} answers of givers and "
        f"{grown.events} events in the trail, written in {time.monotonic() - started:.1f} s."
    )


def _now() -> datetime:
    from review.adapters.clock import read_clock

    return read_clock()


def _how_to_sign_in(settings: Settings) -> str:
    return f"Once it is served, sign in at {settings.public_url}/sign-in with a click on one of the cast."
