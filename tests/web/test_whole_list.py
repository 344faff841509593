"""All cases of a cycle on one page, beside the pages: as many as one page holds, and a word where there are more."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from bench.many_cases import copy_cases
from review.models import Case
from tests.conftest import Statements
from tests.factories import Scene, open_case_of, open_scene
from tests.signed_in import Door, listed, soup, words

ROW = "<tr data-item>"


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return an open cycle with a case of Ben's."""
    scene = open_scene(session, now)
    open_case_of(session, scene, "ben", "senior-pm", now)
    return scene


def add_cases(session: Session, count: int) -> None:
    """Put so many cases beside Ben's."""
    pattern = session.scalars(sa.select(Case)).one()
    copy_cases(session, pattern, "Extra", [{"code": f"2026A-{number + 1000}"} for number in range(count)])
    session.commit()


def leads(answer: TestResponse, said: str) -> list[str]:
    """Return where the links with these words lead."""
    return [str(each["href"]) for each in soup(answer).select("a") if each.get_text(strip=True) == said]


@pytest.mark.both_databases
def test_all_cases_stand_on_one_page_in_the_order_of_the_pages(
    session: Session, scene: Scene, door: Door, statements: Statements
) -> None:
    add_cases(session, 62)
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}"
    pages = [client.get(url, query_string={"sort": "-candidate", "page": str(number)}) for number in (1, 2)]
    whole_url = f"{url}?whole=y&sort=-candidate#cases"
    assert [leads(page, "All on one page") for page in pages] == [[whole_url]] * 2
    with statements() as issued:
        whole = client.get(whole_url)
    names = [listed(page, "tr[data-item] th a") for page in (*pages, whole)]
    assert (len(names[0]), len(names[1]), names[2], len(issued)) == (50, 13, names[0] + names[1], 4)
    assert words(whole, ".pager") == "1 to 63 of 63 Page by page"
    assert leads(whole, "Page by page") == [f"{url}?sort=-candidate#cases"]


def test_what_is_narrowed_or_sorted_on_one_page_stays_on_one(session: Session, scene: Scene, door: Door) -> None:
    add_cases(session, 62)
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}"
    whole = client.get(url, query_string={"whole": "y", "words": "extra"})
    assert words(whole, "section:has(#cases) header") == "Cases 62 of 63 cases"
    assert leads(whole, "Committee") == [f"{url}?words=extra&whole=y&sort=committee#cases"]
    kept = [(each["name"], each["value"]) for each in soup(whole).select("form[role=search] input[type=hidden]")]
    assert kept == [("whole", "y")]


def test_a_short_list_is_on_one_page_anyway(scene: Scene, door: Door) -> None:
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}"
    for narrowing in ({}, {"whole": "y"}):
        page = client.get(url, query_string=narrowing)
        assert (listed(page, ".pager"), listed(page, "tr[data-item] th a")) == ([], ["Ben Ito"])


def test_a_page_that_cannot_hold_all_says_so(session: Session, scene: Scene, door: Door) -> None:
    add_cases(session, 1_001)
    client, url = door.enter("hanna"), f"/cycles/{scene.cycle_id}"
    whole = client.get(url, query_string={"whole": "y"})
    assert (whole.text.count(ROW), words(whole, "#main .note.warn")) == (
        1_000,
        "One page holds 1000 cases: these are the first of 1002. Narrow the list, or take it along as a table.",
    )
    narrowed = client.get(url, query_string={"whole": "y", "words": "extra"})
    assert (narrowed.text.count(ROW), words(narrowed, ".pager .num")) == (1_000, "1 to 1000 of 1001")
