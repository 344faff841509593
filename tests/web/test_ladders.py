"""The pages of ladders: list, table, two levels, changes, files, publishing."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.domain.ladder import Ladder
from review.domain.ladder_file import parse_ladder
from review.services.ladders import publish_ladder
from tests.conftest import Statements
from tests.personas import Company
from tests.signed_in import Door

ROOT = Path(__file__).parents[2]
SHIPPED = (ROOT / "workflows" / "ladders" / "product-management.yaml").read_text(encoding="utf-8")
SHAPES = sorted((ROOT / "tests" / "domain" / "ladders").glob("*.yaml"))
MARKS = {
    "branches": ["Learner", "Mason", "Carver", "Foreman", "Master carver", "Site lead", "Warden"],
    "company": ["One", "Two"],
    "family": ["One", "Two"],
    "gaps": ["S1", "S2", "S3", "H3", "H4"],
    "items": ["Learner", "Mason"],
    "points": [],
}
"""The marks of the columns in the table of each shape: the code, or the name of a level without one."""
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def sign_in(client: FlaskClient, session: Session, company: Company, now: datetime) -> SignIn:
    """Return a function that signs one of the cast in."""
    return Door(client, session, now, company.ids).enter


@pytest.fixture
def shipped(session: Session, company: Company, now: datetime) -> int:
    """Publish the shipped ladder and return its number."""
    return publish(session, SHIPPED, company, now)


def publish(session: Session, source: str, company: Company, now: datetime) -> int:
    return publish_ladder(session, source, file="f", actor=company.actor("hanna"), now=now).id


def page_of(client: FlaskClient, path: str) -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return BeautifulSoup(answer.data, "html.parser")


def words(tag: Tag | None) -> str:
    assert tag is not None
    return " ".join(tag.get_text(" ").split())


def heads(page: BeautifulSoup) -> list[str]:
    return [words(mark) for mark in page.select(".grid-ladder thead .lvl")]


def test_the_list_links_versions_and_files(sign_in: SignIn, shipped: int) -> None:
    page = page_of(sign_in("ben"), "/ladders")
    assert [a["href"] for a in page.select("main a")] == [
        f"/ladders/{shipped}",
        f"/ladders/{shipped}/ladder.yaml",
        f"/ladders/{shipped}/ladder.csv",
        "/lists/ladders.csv",
        "/lists/ladders.xlsx",
    ]
    assert words(page.select_one("main tbody th")) == "2026.1 newest"


def test_an_empty_list_says_what_will_be_there(sign_in: SignIn) -> None:
    page = page_of(sign_in("ben"), "/ladders")
    assert words(page.select_one(".empty b")) == "No ladder is published yet"


def test_hr_alone_is_offered_a_draft(sign_in: SignIn, shipped: int) -> None:
    page = page_of(sign_in("hanna"), "/ladders")
    assert [words(a) for a in page.select("main .btn-primary")] == ["Begin a draft"]
    assert page_of(sign_in("ben"), "/ladders").select("main .btn-primary") == []
    assert sign_in("ben").get("/ladders/drafts/new").status_code == 404


def test_all_levels_stand_side_by_side_by_grade(sign_in: SignIn, shipped: int) -> None:
    page = page_of(sign_in("hanna"), f"/ladders/{shipped}")
    assert heads(page) == ["IC1", "IC2", "IC3", "IC4", "M4", "IC5", "M5", "IC6", "M6", "M7"]
    assert [(words(th), th["colspan"]) for th in page.select("th[scope=colgroup]")] == [
        ("Grade 1", "1"),
        ("Grade 2", "1"),
        ("Grade 3", "1"),
        ("Grade 4, 2 equal ways", "2"),
        ("Grade 5, 2 equal ways", "2"),
        ("Grade 6, 2 equal ways", "2"),
        ("Grade 7", "1"),
    ]
    rows = page.select(".grid-ladder tbody tr")
    assert [words(row.th) for row in rows] == [
        "What the level is",
        "Hard skills",
        "Cross-functionality",
        "Leadership",
        "Accountability",
    ]
    assert {len(row.select("td")) for row in rows} == {10}
    assert [td["data-l"] for td in rows[1].select("td.mgc")] == [
        "M4 Group PM",
        "M5 Director of Product",
        "M6 VP Product",
        "M7 Chief Product Officer",
    ]
    assert page.select(".here") == []


def test_the_reader_sees_the_part_around_their_level(sign_in: SignIn, shipped: int) -> None:
    page = page_of(sign_in("iris"), f"/ladders/{shipped}")
    assert heads(page) == ["IC2", "IC3", "IC4", "M4"]
    assert [words(tag) for tag in page.select(".here .lvl")] == ["IC3"]
    ways = [words(item) for item in page.select("section[aria-labelledby=ways] li")]
    assert ways == [
        "IC4 Staff PM Promotion. At least 18 months at IC3. 1 period of work at the next level.",
        (
            "M4 Group PM Promotion and change of track. At least 18 months at IC3. 1 period of work at the next level. "
            "An open role for 2 to 4 reports is needed."
        ),
    ]


@pytest.mark.parametrize(
    ("part", "codes"),
    [
        ("all", ["IC1", "IC2", "IC3", "IC4", "M4", "IC5", "M5", "IC6", "M6", "M7"]),
        ("track-ic", ["IC1", "IC2", "IC3", "IC4", "IC5", "IC6"]),
        ("track-people", ["M4", "M5", "M6", "M7"]),
        ("track-nowhere", ["IC1", "IC2", "IC3", "IC4", "M4", "IC5", "M5", "IC6", "M6", "M7"]),
    ],
)
def test_a_part_can_be_chosen(sign_in: SignIn, shipped: int, part: str, codes: list[str]) -> None:
    assert heads(page_of(sign_in("iris"), f"/ladders/{shipped}?show={part}")) == codes


def test_two_levels_stand_side_by_side(sign_in: SignIn, shipped: int) -> None:
    page = page_of(sign_in("iris"), f"/ladders/{shipped}/levels")
    assert words(page.h1) == "Senior PM and Staff PM"
    assert [option["value"] for option in page.select("option[selected]")] == ["senior-pm", "staff-pm"]
    ladder = parse_ladder(SHIPPED, file="f")
    assert isinstance(ladder, Ladder)
    shown = [words(p) for p in page.select(".ladder-2 .target > .kept-lines")]
    assert shown == [ladder.expectation(c.id, "staff-pm").summary for c in ladder.criteria]
    change = page_of(sign_in("iris"), f"/ladders/{shipped}/levels?from=staff-pm&to=group-pm")
    assert words(change.select_one(".note")) == "Change of track at the same grade, not a promotion."


def test_two_versions_show_what_changed(sign_in: SignIn, session: Session, company: Company, now: datetime) -> None:
    first = publish(session, SHIPPED, company, now)
    changed = SHIPPED.replace('version: "2026.1"', 'version: "2026.2"').replace("name: PM 1\n", "name: Newcomer\n")
    second = publish(session, changed, company, now)
    page = page_of(sign_in("ben"), f"/ladders/{second}/changes")
    assert words(page.h1) == "What changed from 2026.1 to 2026.2"
    assert [words(row) for row in page.select("tbody tr")] == ["Level: Newcomer name Changed PM 1 Newcomer"]
    assert [words(tag) for tag in page.select("tbody del")] == ["PM 1"]
    assert [words(tag) for tag in page.select("tbody ins")] == ["Newcomer"]
    assert sign_in("ben").get(f"/ladders/{first}/changes").status_code == 404
    back = page_of(sign_in("ben"), f"/ladders/{first}/changes?since={second}")
    assert words(back.h1) == "What changed from 2026.2 to 2026.1"
    old = page_of(sign_in("ben"), f"/ladders/{first}")
    assert (
        words(old.select_one(".note.warn")) == "A newer version is published. Cycles that opened with this one keep it."
    )


def test_a_changed_cell_marks_the_words_and_keeps_the_rest(
    sign_in: SignIn, session: Session, company: Company, now: datetime
) -> None:
    publish(session, SHIPPED, company, now)
    changed = SHIPPED.replace('version: "2026.1"', 'version: "2026.2"').replace(
        "text: Publishes the product's KPIs and stands for them",
        "text: Publishes the product's KPIs and answers for them",
    )
    page = page_of(sign_in("ben"), f"/ladders/{publish(session, changed, company, now)}/changes")
    assert [words(tag) for tag in page.select("tbody del")] == ["stands"]
    assert [words(tag) for tag in page.select("tbody ins")] == ["answers"]
    assert words(page.select_one("tbody .kept-lines")).startswith("Owns the strategy of one product, gets it carried")


def test_files_can_be_downloaded(sign_in: SignIn, shipped: int) -> None:
    yaml = sign_in("ben").get(f"/ladders/{shipped}/ladder.yaml")
    assert yaml.get_data(as_text=True) == SHIPPED
    assert yaml.headers["Content-Disposition"] == "attachment; filename=product-management-2026.1.yaml"
    table = sign_in("ben").get(f"/ladders/{shipped}/ladder.csv")
    rows = list(csv.reader(io.StringIO(table.get_data(as_text=True))))
    assert rows[0][:5] == ["category", "criterion", "description", "PM 1", "PM 2"]
    assert [row[1] for row in rows[1:]] == ["Hard skills", "Cross-functionality", "Leadership", "Accountability"]


@pytest.mark.parametrize("path", ["", "/levels", "/changes", "/ladder.yaml", "/ladder.csv"])
def test_an_unknown_version_is_not_found(sign_in: SignIn, path: str) -> None:
    assert sign_in("ben").get(f"/ladders/999{path}").status_code == 404


@pytest.mark.parametrize("path", SHAPES, ids=[path.stem for path in SHAPES])
def test_every_shape_of_ladder_has_its_pages(
    sign_in: SignIn, session: Session, company: Company, now: datetime, path: Path
) -> None:
    source = path.read_text(encoding="utf-8")
    ladder = parse_ladder(source, file=path.name)
    assert isinstance(ladder, Ladder)
    if ladder.extends:
        publish(session, (path.parent / f"{ladder.extends.ladder}.yaml").read_text(encoding="utf-8"), company, now)
    version_id = publish(session, source, company, now)
    client = sign_in("ben")
    page = page_of(client, f"/ladders/{version_id}")
    assert words(page.h1) == ladder.name
    assert page_of(client, f"/ladders/{version_id}/levels").h1 is not None
    assert [words(mark) for mark in page.select(".grid-ladder thead .lvl")] == MARKS[path.stem]


def test_the_years_that_a_level_asks_for_stand_in_its_column(
    sign_in: SignIn, session: Session, company: Company, now: datetime
) -> None:
    """The row is there, too, where the ladder says nothing else of its levels."""
    source = """format: ladder/1
id: yards
version: "1"
name: Yards
tracks: [{id: ic, name: IC}]
levels:
  - {id: a, code: A, name: One, track: ic}
  - {id: b, code: B, name: Two, track: ic, experience: {min_years: 1}}
  - {id: c, code: C, name: Three, track: ic, experience: {min_years: 2.5}}
categories:
  - {id: craft, name: Craft, criteria: [{id: own, name: Own, at: {a: Does it., b: Leads it., c: Shapes it.}}]}
"""
    page = page_of(sign_in("ben"), f"/ladders/{publish(session, source, company, now)}")
    assert [words(cell) for cell in page.select(".grid-ladder tbody tr")[0].select("td")] == [
        "",
        "At least one year of experience",
        "At least 2.5 years of experience",
    ]


def test_the_table_costs_the_same_for_small_and_large_ladders(
    sign_in: SignIn, session: Session, company: Company, now: datetime, shipped: int, statements: Statements
) -> None:
    small = publish(session, SHAPES[0].read_text(encoding="utf-8"), company, now)
    client = sign_in("ben")
    counts = []
    for version_id in (small, shipped):
        client.get(f"/ladders/{version_id}?show=all")  # a version's text is read and parsed once a process
        with statements() as issued:
            client.get(f"/ladders/{version_id}?show=all")
        counts.append(len(issued))
    assert counts[0] == counts[1]
