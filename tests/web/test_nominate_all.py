"""The page of nominating everybody: who would be, fifty a page; and how far a job is that does it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import Case, NominationRun, Person
from review.queries.eligibility import PAGE_SIZE
from review.services import cases_nominate_all
from tests.conftest import Statements
from tests.factories import Scene
from tests.signed_in import Door, listed, soup, words

LEVEL = "pm-2"


@pytest.fixture
def url(scene: Scene) -> str:
    """Return the address of the page."""
    return f"/cycles/{scene.cycle_id}/nominate-all"


def take_on(session: Session, count: int) -> None:
    """Let so many join who are eligible, the last of everybody by name."""
    since = date(2020, 1, 6)
    rows = [
        {"external_id": f"z{n}", "name": f"Zoe {n:03d}", "email": f"z{n}@example.org", "function": "Product"}
        for n in range(count)
    ]
    session.add_all(Person(**row, level_id=LEVEL, level_since_on=since) for row in rows)
    session.commit()


def test_who_would_be_nominated_stands_on_pages(session: Session, url: str, door: Door, statements: Statements) -> None:
    client = door.enter("hanna")
    with statements() as few:
        known = len(listed(client.get(url), "tbody tr"))
    assert soup(client.get(url)).select(".pager") == []
    take_on(session, 2 * PAGE_SIZE)
    with statements() as many:
        first = client.get(url)
    assert len(many) == len(few)
    total = known + 2 * PAGE_SIZE
    assert words(first, ".pager .num") == f"1 to {PAGE_SIZE} of {total}"
    assert [each["href"] for each in soup(first).select(".pager a")] == [f"{url}?page=2"]
    last = client.get(f"{url}?page=99")
    assert words(last, ".pager .num") == f"{2 * PAGE_SIZE + 1} to {total} of {total}"
    assert [each["href"] for each in soup(last).select(".pager a")] == [f"{url}?page=2"]
    assert listed(last, "tbody tr")[-1] == f"Zoe {2 * PAGE_SIZE - 1:03d} Product IC2 PM 2 to IC3 Senior PM"
    assert words(last, ".actionbar button") == f"Nominate {total} people"


def test_many_are_nominated_while_the_page_tells_how_far_it_is(
    session: Session, scene: Scene, url: str, door: Door, monkeypatch: pytest.MonkeyPatch, run_jobs: Callable[[], int]
) -> None:
    monkeypatch.setattr(cases_nominate_all, "AT_ONCE", 2)
    client = door.enter("hanna")
    count = len(listed(client.get(url), "tbody tr"))
    answer = client.post(url)
    assert (answer.status_code, answer.location) == (303, url)
    page = client.get(url)
    assert words(page, "#nominating h2") == "Waiting for a worker"
    assert words(page, "#nominating [role=status]") == f"0 of {count} cases are open."
    assert soup(page).select("tbody tr, main form") == []
    session.execute(sa.update(NominationRun).values(state="running", opened=3))
    session.commit()
    live = client.get(f"{url}/live")
    assert words(live, "#nominating h2") == "The cases are being opened"
    assert words(live, "[role=status]") == f"3 of {count} cases are open."
    assert soup(live).select_one("progress").attrs["value"] == "3"  # type: ignore[union-attr]
    assert client.post(url).location == url  # pressed twice: nothing is asked for again
    session.execute(sa.update(NominationRun).values(state="waiting", opened=0))
    session.commit()
    assert run_jobs() == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(Case)) == count
    ended = client.get(url)
    assert words(ended, "#nominating h2") == "Everybody eligible was nominated"
    assert words(ended, "#nominating p").startswith(f"{count} cases were opened, 16 Nov 2026")
    assert words(ended, ".empty b") == "Nobody is left to nominate"


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("stopped", "The cycle was closed meanwhile, or who had asked is not an HR partner any more."),
        ("failed", "Something in Dualtrack went wrong. The log of the worker says what."),
    ],
)
def test_one_that_broke_off_says_why_and_offers_the_rest(
    session: Session, scene: Scene, url: str, door: Door, now: datetime, state: str, why: str
) -> None:
    run = NominationRun(cycle_id=scene.cycle_id, asked_by_id=scene.id("hanna"), asked_at=now, ended_at=now, total=9)
    run.state, run.opened = state, 2
    session.add(run)
    session.commit()
    page = door.enter("hugo").get(url)
    rest = "2 of 9 cases were opened and stay; nominating everybody once more opens the rest."
    assert words(page, "#nominating p") == f"{why} {rest}"
    assert len(soup(page).select("main form")) == 1


def test_nobody_but_hr_follows_it(session: Session, scene: Scene, url: str, door: Door, now: datetime) -> None:
    session.add(NominationRun(cycle_id=scene.cycle_id, asked_by_id=scene.id("hanna"), asked_at=now, total=9))
    session.commit()
    client = door.enter("greta")
    assert [client.get(each).status_code for each in (url, f"{url}/live")] == [404, 404]


def test_a_cycle_without_a_run_has_nothing_to_follow(url: str, door: Door) -> None:
    assert door.enter("hanna").get(f"{url}/live").status_code == 404
