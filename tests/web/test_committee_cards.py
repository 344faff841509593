"""The page of many committees: those that are looked for, page by page, and cases given to them by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Case, Committee, CommitteeMember
from tests.conftest import Statements
from tests.factories import Scene, open_case_of
from tests.signed_in import faults, listed, soup, words

Enter = Callable[[str], FlaskClient]
CARDS, COUNT = "h2[id^=committee-]", "#who-sits ~ .push"


@pytest.fixture
def url(scene: Scene) -> str:
    return f"/cycles/{scene.cycle_id}/committees"


def add_panels(session: Session, scene: Scene, count: int) -> list[str]:
    """Set up so many committees that nobody sits on; return their names."""
    names = [f"Panel {number:02}" for number in range(1, count + 1)]
    session.add_all(Committee(cycle_id=scene.cycle_id, name=name) for name in names)
    session.commit()
    return names


def test_thirty_committees_are_all_there_and_chosen_from_a_list(
    session: Session, scene: Scene, now: datetime, enter: Enter, url: str
) -> None:
    names = ["Committee A", *add_panels(session, scene, 29)]
    open_case_of(session, scene, "iris", "staff-pm", now)
    page = enter("hanna").get(url, query_string={"who": "panel 07", "cards": 2})
    assert listed(page, CARDS) == names
    assert listed(page, "tr[data-item] select option") == ["none yet", *names]
    assert soup(page).select("#who-sits, #known-committees, input[name=named]") == []


def test_more_committees_come_page_by_page(session: Session, scene: Scene, enter: Enter, url: str) -> None:
    names, client = ["Committee A", *add_panels(session, scene, 44)], enter("hanna")
    pages = [client.get(url, query_string={"cards": number}) for number in (1, 2, 3, 9, -1)]
    assert [listed(page, CARDS) for page in pages] == [names[:20], names[20:40], names[40:], names[40:], names[:20]]
    assert [words(page, ".pager .num") for page in pages[:3]] == ["1 to 20 of 45", "21 to 40 of 45", "41 to 45 of 45"]
    assert words(pages[0], COUNT) == "45 committees"
    links = [[link["href"] for link in soup(page).select(".pager a")] for page in pages[:3]]
    assert links == [
        [f"{url}?cards=2#who-sits"], [f"{url}#who-sits", f"{url}?cards=3#who-sits"], [f"{url}?cards=2#who-sits"]
    ]  # fmt: skip


def test_a_committee_is_found_by_its_name_or_a_member(session: Session, scene: Scene, enter: Enter, url: str) -> None:
    add_panels(session, scene, 40)
    client = enter("hanna")

    def find(who: str) -> tuple[list[str], str]:
        page = client.get(url, query_string={"who": who})
        return listed(page, CARDS), words(page, COUNT)

    assert find("PANEL 3") == (
        ["Panel 03", "Panel 13", "Panel 23", *(f"Panel {number}" for number in range(30, 40))], "13 of 41 committees"
    )  # fmt: skip
    assert find("boateng clara") == (["Committee A"], "1 of 41 committees")
    assert find("clara nobody") == ([], "0 of 41 committees")
    assert "No committee fits" in words(client.get(url, query_string={"who": "clara nobody"}))


def test_a_change_leads_back_to_the_same_committees_and_cases(
    session: Session, scene: Scene, now: datetime, enter: Enter, url: str
) -> None:
    add_panels(session, scene, 40)
    open_case_of(session, scene, "iris", "staff-pm", now)
    session.commit()
    client, place = enter("hanna"), "words=iris&who=panel+40&cards=2"
    page = soup(client.get(f"{url}?{place}"))
    hidden = {
        str(form["action"]): {each["name"]: each["value"] for each in form.select("input[type=hidden]")}
        for form in page.select("form[role=search]")
    }
    assert hidden == {url: {"words": "iris"}, f"{url}#cases": {"who": "panel 40", "cards": "2"}}
    [put_on] = [form["action"] for form in page.select("form[action*='/members']")]
    panel = session.scalars(sa.select(Committee.id).where(Committee.name == "Panel 40")).one()
    assert put_on == f"{url}/{panel}/members?{place}"
    unknown = client.post(str(put_on), data={"person": "Nobody Here", "role": "member"})
    assert (unknown.status_code, listed(unknown, CARDS)) == (422, ["Panel 40"])
    done = client.post(str(put_on), data={"person": "Sam Tran", "role": "chair"})
    assert (done.status_code, done.location) == (303, f"{url}?{place}")
    [take_off] = [form["action"] for form in soup(client.get(done.location)).select("form[action*='/remove']")]
    assert client.post(str(take_off)).location == f"{url}?{place}"
    assert session.scalars(sa.select(CommitteeMember).where(CommitteeMember.committee_id == panel)).all() == []
    new = client.post(url, data={"name": "Last panel"})
    assert listed(client.get(new.location), CARDS) == ["Last panel"]


def test_a_case_is_given_to_a_committee_by_its_name(
    session: Session, scene: Scene, now: datetime, enter: Enter, url: str
) -> None:
    add_panels(session, scene, 40)
    case, client = open_case_of(session, scene, "iris", "staff-pm", now), enter("hanna")

    def home() -> str | None:
        session.expire_all()
        at = sa.select(Committee.name).join(Case, Case.committee_id == Committee.id).where(Case.id == case.id)
        return session.scalar(at)

    field = soup(client.get(url)).select(f"#of-{case.id}")[0]
    assert (field["name"], field["value"], field["list"]) == ("named", "Committee A", "known-committees")
    assert len(soup(client.get(url)).select("#known-committees option")) == 41
    assert client.post(f"{url}/assign", data={"case": case.id, "named": " panel  17 "}).status_code == 303
    assert home() == "Panel 17"
    refused = client.post(f"{url}/assign?words=iris", data={"case": case.id, "named": "Panel 99"})
    assert (refused.status_code, faults(refused)) == (422, ["Not on the list: Panel 99"])
    assert words(refused, f"#of-{case.id}-error") == "Not on the list"
    assert soup(refused).select(f"#of-{case.id}")[0]["value"] == "Panel 99"
    assert home() == "Panel 17"
    assert client.post(f"{url}/assign", data={"case": case.id, "named": ""}).status_code == 303
    assert home() is None


def test_as_many_statements_for_many_committees_as_for_few(
    session: Session, scene: Scene, enter: Enter, url: str, statements: Statements
) -> None:
    client = enter("hanna")
    client.get(url)
    with statements() as few:
        assert client.get(url).status_code == 200
    add_panels(session, scene, 60)
    with statements() as many:
        assert client.get(url).status_code == 200
    assert len(many) == len(few)
