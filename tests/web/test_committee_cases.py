"""The list of which committee decides: paged, narrowed, and the same place again after a change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Case, CaseToken, Conflict, Person
from tests.committee_room import second_committee
from tests.conftest import Statements
from tests.factories import Scene, open_case_of
from tests.signed_in import listed, soup, words

Enter = Callable[[str], FlaskClient]
ROWS, CODES = "tr[data-item]", "tr[data-item] th .small"
COUNT, GIVE = "#cases ~ .push", "section:has(#cases) > header button"


@pytest.fixture
def url(scene: Scene) -> str:
    return f"/cycles/{scene.cycle_id}/committees"


def add_cases(session: Session, scene: Scene, now: datetime, count: int, **unlike: object) -> list[int]:
    """Copy a case that has no committee so many times, for people of their own."""
    first = session.scalars(sa.select(Case).order_by(Case.id)).first()
    first = first or open_case_of(session, scene, "iris", "staff-pm", now)
    start = session.scalar(sa.select(sa.func.max(Person.id))) or 0
    numbers = range(start + 1, start + 1 + count)
    session.execute(
        sa.insert(Person), [{"id": n, "external_id": f"x{n}", "name": f"Extra {n - start:03}"} for n in numbers]
    )
    same = {each.key: getattr(first, each.key) for each in sa.inspect(Case).columns if each.key != "id"}
    same |= {"manager_id": None, "committee_id": None} | unlike
    cases = [{**same, "code": f"X-{n - start:03}-{start}", "candidate_id": n} for n in numbers]
    ids = list(session.scalars(sa.insert(Case).returning(Case.id, sort_by_parameter_order=True), cases))
    place = {"region": "main", "state": first.state, "entered_at": now, "entry": 1}
    session.execute(sa.insert(CaseToken), [{**place, "case_id": each} for each in ids])
    session.commit()
    return ids


def codes(session: Session, ids: list[int]) -> list[str]:
    return list(session.scalars(sa.select(Case.code).where(Case.id.in_(ids)).order_by(Case.code)))


@pytest.mark.both_databases
def test_the_list_comes_page_by_page_in_the_order_of_numbers(
    session: Session, scene: Scene, now: datetime, enter: Enter, url: str
) -> None:
    add_cases(session, scene, now, 102)
    every, client = list(session.scalars(sa.select(Case.code).order_by(Case.code))), enter("hanna")
    pages = [client.get(url, query_string={"page": page}) for page in (1, 2, 3, 4, -1)]
    assert [listed(page, CODES) for page in pages] == [every[:50], every[50:100], every[100:], every[:50], every[:50]]
    assert [words(page, ".pager .num") for page in pages[:3]] == [
        "1 to 50 of 103",
        "51 to 100 of 103",
        "101 to 103 of 103",
    ]
    assert [[link["href"] for link in soup(page).select(".pager a")] for page in pages[:3]] == [
        [f"{url}?page=2#cases"], [f"{url}#cases", f"{url}?page=3#cases"], [f"{url}?page=2#cases"]
    ]  # fmt: skip


@pytest.mark.both_databases
def test_the_list_is_narrowed_by_words_committee_none_and_sealed(
    session: Session, scene: Scene, now: datetime, enter: Enter, url: str
) -> None:
    free = add_cases(session, scene, now, 2)
    sealed = add_cases(session, scene, now, 1, phase="sealed", committee_id=scene.committee_id)
    other = second_committee(session, scene, "sam", "tomas")
    given = add_cases(session, scene, now, 2, committee_id=other)
    add_cases(session, scene, now, 1, closed_at=now)
    iris = codes(session, [session.scalars(sa.select(Case.id).order_by(Case.id)).first() or 0])
    client = enter("hanna")

    def find(**asked: object) -> tuple[list[str], str]:
        page = client.get(url, query_string=asked)
        return sorted(listed(page, CODES)), words(page, COUNT)

    assert find() == (sorted(codes(session, free + sealed + given) + iris), "6 cases")
    assert find(words="iris VANCE") == (iris, "1 of 6 cases")
    assert find(words=iris[0].lower()) == (iris, "1 of 6 cases")
    assert find(committee=other) == (codes(session, given), "2 of 6 cases")
    assert find(committee="none") == (codes(session, free), "2 of 6 cases")
    assert find(committee="sealed") == (codes(session, sealed), "1 of 6 cases")
    assert find(committee="none", words="extra 002") == (codes(session, free)[1:], "1 of 6 cases")
    nobody = client.get(url, query_string={"words": "nobody at all"})
    assert (listed(nobody, ROWS), words(nobody, COUNT)) == ([], "0 of 6 cases")
    assert "No case fits" in words(nobody)


def test_a_change_leads_back_to_the_same_place(
    session: Session, scene: Scene, now: datetime, enter: Enter, url: str
) -> None:
    ids, client = add_cases(session, scene, now, 52), enter("hanna")
    page = soup(client.get(url, query_string={"words": "extra", "committee": "none", "page": 2}))
    actions = {form["action"] for form in page.select(f"{ROWS} form")}
    assert actions == {f"{url}/assign?words=extra&committee=none&page=2"}
    narrowed = actions.pop()
    done = client.post(str(narrowed), data={"case": ids[-1], "committee": scene.committee_id})
    assert (done.status_code, done.location) == (303, f"{url}?words=extra&committee=none&page=2")
    assert session.scalar(sa.select(Case.committee_id).where(Case.id == ids[-1])) == scene.committee_id
    placed = client.post(f"{url}/{scene.committee_id}/members", data={"person": "Ben Ito", "role": "member"})
    assert placed.status_code == 422  # Ben stands below the target of the case that was given
    client.post(
        f"{url}/{scene.committee_id}/members",
        data={"person": "Ben Ito", "role": "member", "accept_below": "y", "why_below": "few"},
    )
    asked = client.post(str(narrowed), data={"case": ids[-2], "committee": scene.committee_id})
    form = soup(asked).select_one("form[aria-labelledby=below]")
    assert (asked.status_code, form and form["action"]) == (422, narrowed)


def test_the_button_means_every_case_on_whatever_page(
    session: Session, scene: Scene, now: datetime, enter: Enter, url: str
) -> None:
    ids, client = add_cases(session, scene, now, 51), enter("hanna")
    add_cases(session, scene, now, 1, phase="sealed")  # too late to be given to any
    for asked in ({}, {"page": 2}, {"words": "iris"}, {"committee": "sealed"}):
        page = client.get(url, query_string=asked)
        assert words(page, GIVE) == "Give 51 cases to the committees proposed"
    done = client.post(f"{url}/assign?words=iris", follow_redirects=True)
    assert "51 cases have a committee now." in words(done)
    given = session.scalars(sa.select(Case.committee_id).where(Case.id.in_(ids))).all()
    assert given == [scene.committee_id] * 51


def test_each_row_names_who_is_out_and_ones_own_cases_are_not_counted(
    session: Session, scene: Scene, now: datetime, enter: Enter, url: str
) -> None:
    ids = add_cases(session, scene, now, 51, committee_id=scene.committee_id)
    said = {"kind": "other", "reason": "x", "declared_by_id": scene.id("hanna"), "declared_at": now}
    out = [(ids[50], "mika"), (ids[0], "omar"), (ids[1], "hugo")]
    session.execute(sa.insert(Conflict), [{**said, "case_id": case, "person_id": scene.id(key)} for case, key in out])
    session.commit()

    def find(key: str, page: int) -> list[str]:
        rows = listed(enter(key).get(url, query_string={"words": "extra", "page": page}), f"{ROWS} td:last-child")
        return [row for row in rows if row != "nobody"]

    omar, mika = (session.get_one(Person, scene.id(key)).name for key in ("omar", "mika"))
    assert [find("hanna", page) for page in (1, 2)] == [[omar], [mika]]
    pages = [enter(key).get(url) for key in ("hanna", "hugo")]
    assert [words(page, COUNT) for page in pages] == ["52 cases", "51 cases"]


def test_a_full_page_takes_as_many_statements_as_one_row(
    session: Session, scene: Scene, now: datetime, enter: Enter, url: str, statements: Statements
) -> None:
    add_cases(session, scene, now, 1)
    client = enter("hanna")
    client.get(url)
    counted = []
    for _ in range(2):
        with statements() as issued:
            assert client.get(url).status_code == 200
        counted.append(len(issued))
        add_cases(session, scene, now, 120)
    assert counted == [11, 11]


def test_each_row_has_what_is_its_own_whatever_signs_names_have(
    session: Session, scene: Scene, now: datetime, enter: Enter, url: str
) -> None:
    ids = add_cases(session, scene, now, 2)
    names = dict(zip(ids, ("%(code)s <b>&amp;", "100% Ben"), strict=True))
    for case_id, name in names.items():
        session.get_one(Person, session.get_one(Case, case_id).candidate_id).name = name
    committee = session.scalars(sa.select(Case.committee_id).where(Case.committee_id.is_not(None))).first() or 0
    session.get_one(Case, ids[0]).committee_id = committee
    session.commit()
    rows = soup(enter("hanna").get(url)).select(ROWS)
    found = {int(str(row.select_one("[name=case]")["value"])): row for row in rows}  # type: ignore[index]
    assert [found[each].select_one("th bdi").get_text() for each in ids] == list(names.values())  # type: ignore[union-attr]
    assert [found[each].select_one("select")["id"] for each in ids] == [f"of-{each}" for each in ids]  # type: ignore[index]
    labels = [found[each].select_one("label").get_text() for each in ids]  # type: ignore[union-attr]
    assert labels == [f"Committee for {name}" for name in names.values()]
    chosen = [[str(each["value"]) for each in found[case_id].select("option[selected]")] for case_id in ids]
    assert chosen == [[str(committee)], []]
