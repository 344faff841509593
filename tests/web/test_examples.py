"""Example profiles on their pages: who is asked, what is kept, and that nobody else reads it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, datetime, timedelta

import openpyxl
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.domain.errors import NotFound, TransitionRefused
from review.domain.privacy_file import Kind
from review.models import AuditEvent, Delegation, ExampleRating, Person
from review.queries.bundle import gather_bundle
from review.queries.example_profiles import list_examples, load_example
from review.queries.privacy_retention import select_due
from review.queries.privacy_rules import load_privacy_rules
from review.services.example_ratings import rate_example
from review.services.privacy_holds import set_hold
from review.services.privacy_person import erase_rows
from tests.announced import Plan, announce
from tests.conftest import Statements
from tests.factories import Scene
from tests.signed_in import faults, listed, words
from tests.trail import detail_of

URL = "/examples/product-management/strong-in-one"
CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
GIVEN = {"hard-skills": 4, "cross-functionality": 4, "leadership": None, "accountability": 3}
SENT = {name: str(value or 0) for name, value in GIVEN.items()}
LEADERS = ("noor", "vera", "dario", "mats", "clara", "hanna", "petra", "tomas")
Enter = Callable[[str], FlaskClient]


def rate_all(session: Session, scene: Scene, keys: tuple[str, ...], value: int, now: datetime) -> None:
    """Let others rate the same profile, each a minute after the one before."""
    for minute, key in enumerate(keys, 1):
        at = now + timedelta(minutes=minute)
        given = dict.fromkeys(CRITERIA, value)
        rate_example(session, "product-management", "strong-in-one", given, actor=scene.actor(key), now=at)
    session.commit()


def test_a_manager_rates_first_and_reads_afterwards(
    session: Session, scene: Scene, enter: Enter, now: datetime
) -> None:
    """What was meant is nowhere before; what is kept stands; a profile without an answer says where."""
    greta = enter("greta")
    assert listed(greta.get("/examples"), "tbody th") == [
        "Strong in one criterion", "Well told, little shown", "Quiet, and all of it shown"
    ]  # fmt: skip
    assert "Try your scale out on example profiles" in words(greta.get("/team"))
    before = words(greta.get(URL))
    assert ("Meant as" in before, "A good partner in calls" in before) == (False, False)
    short = greta.post(URL, data={"hard-skills": "4", "leadership": "9", "accountability": "x"})
    assert short.status_code == 422
    assert len(faults(short)) == 3
    assert listed(short, "input[value='4'][name=hard-skills][checked]") == [""]
    assert len(listed(short, "input[checked]")) == 1
    assert greta.post(URL, data=SENT).location == URL
    after = words(greta.get(URL))
    assert "On 2 of 4 criteria you gave what was meant." in after
    assert (
        "You At target level Meant as At current level Others Told from 5 other raters on A good partner in calls"
        in after
    )
    again = greta.post(URL, data=dict.fromkeys(CRITERIA, "1"))
    assert again.status_code == 409
    assert session.scalars(sa.select(ExampleRating.ratings)).all() == [GIVEN]
    assert listed(greta.get("/examples"), "tbody tr td:nth-child(3)")[1] == "not rated yet"
    title, at = "Strong in one criterion", f"{now:%Y-%m-%d %H:%M}"
    rows = list(csv.reader(io.StringIO(greta.get("/examples/own.csv").get_data(as_text=True).lstrip("\ufeff"))))
    assert rows == [
        ["Profile", "Criterion", "Your rating", "Rated"],
        *([title, name, "" if value is None else str(value), at] for name, value in GIVEN.items()),
    ]
    book = openpyxl.load_workbook(io.BytesIO(greta.get("/examples/own.xlsx").data))
    assert list(book.worksheets[0].values)[1:] == [(title, name, value, at) for name, value in GIVEN.items()]


def test_others_are_told_from_five_on_and_never_one_by_one(
    session: Session, scene: Scene, enter: Enter, now: datetime
) -> None:
    greta = enter("greta")
    greta.post(URL, data=SENT)
    rate_all(session, scene, LEADERS[:4], 5, now)
    assert "Told from 5 other raters on" in words(greta.get(URL))
    rate_all(session, scene, LEADERS[4:5], 4, now + timedelta(hours=1))
    five = words(greta.get(URL))
    assert "Others 0 gave less, 1 the same, 4 more" in five
    assert "Others: the first 5 raters of this profile beside you." in five
    rate_all(session, scene, LEADERS[5:], 1, now + timedelta(hours=2))
    assert words(greta.get(URL)) == five


@pytest.mark.parametrize("key", ["iris", "ben", "lena", "abel", "ines", "otto", "hugo"])
def test_who_rates_nobody_finds_nothing(session: Session, scene: Scene, enter: Enter, now: datetime, key: str) -> None:
    client = enter(key)
    paths = ("/examples", "/examples/own.csv", "/examples/own.xlsx", URL)
    answers = [*(client.get(path) for path in paths), client.post(URL, data=SENT)]
    assert [each.status_code for each in answers] == [404] * 5
    with pytest.raises(NotFound):
        rate_example(session, "product-management", "quiet", GIVEN, actor=scene.actor(key), now=now)
    assert session.scalars(sa.select(ExampleRating.id)).all() == []
    assert enter("greta").get("/examples/product-management/nothing").status_code == 404
    assert enter("greta").get("/examples/nothing/quiet").status_code == 404


def test_second_raters_and_who_acts_for_a_manager_are_asked_too(
    session: Session, scene: Scene, enter: Enter, now: datetime
) -> None:
    """While the case is open, and in the window of the delegation."""
    first, second = announce(session, scene, [Plan(), Plan(is_promoted=False)], now)
    first.second_rater_id, second.second_rater_id = scene.id("lena"), scene.id("otto")
    window = {"from_on": date(2026, 11, 1), "until_on": date(2026, 12, 1)}
    session.add(
        Delegation(
            person_id=scene.id("greta"), delegate_id=scene.id("ben"), reason="", created_by_id=scene.id("greta"),
            created_at=now, **window,
        )
    )  # fmt: skip
    session.commit()
    assert {key: enter(key).get("/examples").status_code for key in ("lena", "otto", "ben")} == {
        "lena": 200, "otto": 404, "ben": 200
    }  # fmt: skip


@pytest.mark.both_databases
def test_a_profile_is_rated_once_and_the_trail_says_no_more(session: Session, scene: Scene, now: datetime) -> None:
    greta = scene.actor("greta")
    rate_example(session, "product-management", "quiet", GIVEN, actor=greta, now=now)
    session.commit()
    with pytest.raises(TransitionRefused, match="what you gave stands"):
        rate_example(session, "product-management", "quiet", dict.fromkeys(CRITERIA, 1), actor=greta, now=now)
    session.rollback()
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "example.rate")).one()
    assert (event.actor_id, detail_of(session, event)) == (scene.id("greta"), {"profile": "Quiet, and all of it shown"})


@pytest.mark.both_databases
def test_as_many_statements_for_nine_raters_as_for_one(
    session: Session, scene: Scene, now: datetime, statements: Statements
) -> None:
    greta = scene.actor("greta")
    rate_all(session, scene, ("greta",), 3, now)
    list_examples(session, greta)  # the ladder is read once a process
    counted = []
    for keys in ((), LEADERS):
        rate_all(session, scene, keys, 4, now)
        with statements() as one:
            page = load_example(session, "product-management", "strong-in-one", greta)
        with statements() as every:
            list_examples(session, greta)
        counted.append((len(one), len(every)))
    assert counted[0] == counted[1] == (3, 3)
    assert page.comparison is not None
    assert page.comparison.n == 5


def test_own_ratings_are_in_the_own_data_and_go_with_the_person(session: Session, scene: Scene, now: datetime) -> None:
    rate_all(session, scene, ("greta", "mats"), 2, now)
    found = gather_bundle(session, scene.id("greta"), company="Lindqvist", now=now).entries
    (entry,) = [each.fields for each in found if each.source == "example_rating.person_id"]
    assert entry["title"] == "Strong in one criterion"
    assert entry["ratings"] == "accountability 2, cross-functionality 2, hard-skills 2, leadership 2"
    counts = erase_rows(session, session.get_one(Person, scene.id("greta")), has_files=False)
    assert counts["example_rating"] == 1
    assert session.scalars(sa.select(ExampleRating.person_id)).all() == [scene.id("mats")]


def test_ratings_are_kept_two_years_unless_held(session: Session, scene: Scene, now: datetime) -> None:
    rules = load_privacy_rules()
    rate_all(session, scene, ("greta", "mats"), 2, now - timedelta(days=731))
    rate_all(session, scene, ("clara",), 2, now - timedelta(days=729))
    set_hold(session, "mats", "x", now.date() + timedelta(days=9), actor=scene.actor("hanna"), now=now)
    due = select_due(Kind.EXAMPLE_RATINGS, rules, now=now).subquery()
    rows = session.scalars(sa.select(ExampleRating.person_id).join(due, due.c.id == ExampleRating.id)).all()
    assert rows == [scene.id("greta")]
