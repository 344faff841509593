"""The make-up where committees are many: shown in parts, changed by hand here and there, taken over at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.models import Case, Committee, CommitteeMember, Person
from review.services.committees import set_member
from tests.committee_room import second_committee
from tests.conftest import Statements
from tests.factories import Scene, open_case_of, open_scene
from tests.signed_in import faults, listed, soup, words

Enter = Callable[[str], FlaskClient]
CARDS, LINES = "form[data-unsaved] h2[id^=group-]", "form[data-unsaved] [data-item]"


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return a cycle with two committees that can decide, thirty that nobody sits on, and two cases without one."""
    scene = open_scene(session, now)
    for key, level in (("iris", "staff-pm"), ("ben", "senior-pm")):
        open_case_of(session, scene, key, level, now).committee_id = None
    second = second_committee(session, scene, "sam", "tomas", "petra", "lena", "dev")
    set_member(session, second, scene.id("tomas"), "deputy", actor=scene.actor("hanna"), now=now)
    session.add_all(Committee(cycle_id=scene.cycle_id, name=f"Panel {number}") for number in range(1, 31))
    session.commit()
    return scene


@pytest.fixture
def url(scene: Scene) -> str:
    return f"/cycles/{scene.cycle_id}/committees/make-up"


def case_of(session: Session, scene: Scene, key: str) -> Case:
    session.expire_all()
    return session.scalars(sa.select(Case).where(Case.candidate_id == scene.id(key))).one()


def fields(answer: TestResponse) -> dict[str, str]:
    """Return what the form of the proposal holds."""
    found = soup(answer).select("form[data-unsaved] :is(input, select)[name]")
    data = {}
    for each in found:
        chosen = each.select("option[selected]") or each.select("option")
        data[str(each["name"])] = str(chosen[0]["value"]) if chosen else str(each.get("value", ""))
    return {name: value for name, value in data.items() if name != "csrf_token"}


def test_only_what_changes_is_shown_at_first(session: Session, scene: Scene, enter: Enter, url: str) -> None:
    client = enter("hanna")
    page = client.get(url)
    iris, ben = (f"case_{case_of(session, scene, key).id}" for key in ("iris", "ben"))
    assert {key: value for key, value in fields(page).items() if key.startswith(("case_", "place_"))} == {
        iris: "Committee of sam", ben: "Committee A"
    }  # fmt: skip
    assert listed(page, CARDS) == ["Committee A", "Committee of sam"]
    assert listed(page, "section:has(#short) p") == ["At most 1 case each; 3 who can vote are needed."]
    assert words(page, "section:has(#short) dl") == (
        "Committees 32 Members 10 Cases to be given 2, 2 cases move Without a committee 0 cases Changed by hand 0"
    )
    assert soup(page).select("select[name^=case_], select[name^=place_]") == []
    assert len(soup(page).select("#known-committees option")) == 32
    assert len(soup(page).select("#known-places option")) == 3 * 32
    everything = client.get(url, query_string={"rows": "all"})
    assert len(listed(everything, LINES)) == 12
    assert fields(everything)[f"place_{scene.committee_id}_{scene.id('clara')}"] == "Committee A: Chair"
    found = client.get(url, query_string={"rows": "all", "words": "TOMAS committee"})
    assert [line.partition(" ")[0] for line in listed(found, f"{LINES} b")] == ["Tomas"]
    assert listed(client.get(url, query_string={"words": "tomas"}), LINES) == []


def test_what_was_changed_on_one_part_is_taken_over_from_another(
    session: Session, scene: Scene, enter: Enter, url: str
) -> None:
    client = enter("hanna")
    iris = case_of(session, scene, "iris").id
    first = fields(client.get(url))
    looked = client.post(f"{url}/look", data={**first, f"case_{iris}": "committee a", "rows": "all", "to": "1"})
    assert looked.status_code == 303
    assert looked.location.partition("?")[2] == (
        f"hand=c{iris}.{scene.committee_id}&rows=all&seen={first['seen']}#parts"
    )
    second = client.get(looked.location)
    assert listed(second, f"{LINES}:has(#case_{iris}) .tag") == ["by hand"]
    dev = f"place_{scene.committee_id + 1}_{scene.id('dev')}"
    assert fields(second)[dev] == "Committee of sam: Member"
    third = client.post(f"{url}/look", data={**fields(second), dev: "", "rows": "", "words": "nothing like it"})
    narrow = client.get(third.location)
    assert (listed(narrow, LINES), words(narrow, "section:has(#short) dl").rpartition(" ")[2]) == ([], "2")
    done = client.post(f"{url}/take-over", data=fields(narrow), follow_redirects=True)
    assert "Taken over: 1 place on a committee changed, 2 cases went to a committee." in words(done)
    homes = [case_of(session, scene, key).committee_id for key in ("iris", "ben")]
    assert homes == [scene.committee_id, scene.committee_id]
    assert session.scalars(sa.select(CommitteeMember).where(CommitteeMember.person_id == scene.id("dev"))).all() == []


def test_what_is_not_on_the_list_is_said_beside_its_field(
    session: Session, scene: Scene, enter: Enter, url: str
) -> None:
    client, iris = enter("hanna"), case_of(session, scene, "iris").id
    sent = {**fields(client.get(url)), f"case_{iris}": "Nowhere", "words": "ben"}
    for address in (f"{url}/look", f"{url}/take-over"):
        refused = client.post(address, data=sent)
        assert (refused.status_code, faults(refused)) == (422, ["Not on the list: Nowhere"])
        assert words(refused, f"#case_{iris}-error") == "Not on the list"
        assert fields(refused)[f"case_{iris}"] == "Nowhere"
        assert soup(refused).select(f"#case_{iris}")[0]["aria-invalid"] == "true"
    assert case_of(session, scene, "iris").committee_id is None


def test_what_cannot_work_is_refused_and_kept(session: Session, scene: Scene, enter: Enter, url: str) -> None:
    client, clara = enter("hanna"), f"place_{scene.committee_id}_{scene.id('clara')}"
    sent = {**fields(client.get(url, query_string={"rows": "all"})), clara: "Committee A: Deputy"}
    refused = client.post(f"{url}/take-over", data=sent)
    assert (refused.status_code, faults(refused)) == (
        422, ["Committee A has more than one deputy", "Committee A has no chair"]
    )  # fmt: skip
    assert fields(refused)[clara] == "Committee A: Deputy"
    assert fields(refused)["hand"] == f"p{scene.committee_id}.{scene.id('clara')}.{scene.committee_id}.d"
    stale = client.post(f"{url}/take-over", data={**sent, "seen": "old"})
    assert (stale.status_code, fields(stale)[clara]) == (409, "Committee A: Deputy")
    assert fields(stale)["seen"] == fields(refused)["seen"]
    seen = client.get(url, query_string={"seen": "old"})
    assert faults(seen) == ["Members, conflicts or cases have changed since; look at the new proposal"]


def test_somebody_comes_in_and_a_new_committee_is_named(session: Session, scene: Scene, enter: Enter, url: str) -> None:
    client, erin = enter("hanna"), scene.id("erin")
    session.execute(sa.delete(Committee).where(Committee.name.like("Panel %")))
    session.commit()
    asked = f"{url}?committees=31&size=5&people={erin}"
    page = client.get(asked)
    new = {name: value for name, value in fields(page).items() if name.startswith("name_")}
    assert (listed(page, CARDS)[-1:], new) == (["Committee B"], {"name_-3": "Committee B"})
    look, over = (f"{url}/{each}?{asked.partition('?')[2]}" for each in ("look", "take-over"))
    place = next(name for name in fields(page) if name.endswith(f"_{erin}"))
    sent = {**fields(page), "name_-3": "Second panel", place: "", "words": "iris"}
    elsewhere = client.get(client.post(look, data=sent).location)
    assert {name: value for name, value in fields(elsewhere).items() if name.startswith("name_")} == {
        "name_-3": "Second panel"
    }
    back = client.get(client.post(look, data={**fields(elsewhere), "words": "", "rows": "all"}).location)
    assert "Second panel" in listed(back, CARDS)
    assert [each["value"] for each in soup(back).select("[name='name_-3']")] == ["Second panel"]
    gone = fields(back)
    assert gone[place] == ""
    done = client.post(over, data={**gone, place: "second PANEL: chair"})
    assert done.status_code == 303
    held = sa.select(Committee.name, CommitteeMember.role).join(
        CommitteeMember, CommitteeMember.committee_id == Committee.id
    )
    assert session.execute(held.where(CommitteeMember.person_id == erin)).all() == [("Second panel", "chair")]


def add_cases(session: Session, scene: Scene, count: int) -> None:
    """Copy a case for so many people of their own."""
    first = case_of(session, scene, "iris")
    same = {each.key: getattr(first, each.key) for each in sa.inspect(Case).columns if each.key != "id"}
    start = (session.scalar(sa.select(sa.func.max(Person.id))) or 0) + 1
    numbers = range(start, start + count)
    rows = [{"id": n, "external_id": f"x{n}", "name": f"Extra {n - start:03}"} for n in numbers]
    session.execute(sa.insert(Person), rows)
    cases = [{**same, "manager_id": None, "code": f"X-{n}", "candidate_id": n} for n in numbers]
    session.execute(sa.insert(Case), cases)
    session.commit()


def test_many_cases_of_few_committees_come_in_parts_with_lists(
    session: Session, scene: Scene, enter: Enter, url: str
) -> None:
    session.execute(sa.delete(Committee).where(Committee.name.like("Panel %")))
    add_cases(session, scene, 398)
    client, iris, two = enter("hanna"), case_of(session, scene, "iris").id, {"committees": "2"}
    assert len(listed(client.get(url, query_string=two), "[data-item] select[name^=case_]")) == 400
    add_cases(session, scene, 1)
    assert len(listed(client.get(url, query_string=two), "[data-item] select[name^=case_]")) == 100
    page = client.get(url, query_string={**two, "words": "iris"})
    assert listed(page, f"#case_{iris} option") == ["none yet", "Committee A", "Committee of sam"]
    refused = client.post(f"{url}/look?committees=2", data={**fields(page), f"case_{iris}": "99"})
    assert (refused.status_code, faults(refused)) == (422, ["Not on the list: 99"])
    moved = client.post(f"{url}/look?committees=2", data={**fields(page), f"case_{iris}": "0"})
    assert fields(client.get(moved.location))[f"case_{iris}"] == "0"
    place = f"place_{scene.committee_id}_{scene.id('clara')}"
    everybody = client.get(url, query_string={**two, "rows": "all", "words": "clara"})
    assert fields(everybody)[place] == f"{scene.committee_id}:chair"


def test_pages_are_turned_with_what_was_changed(session: Session, scene: Scene, enter: Enter, url: str) -> None:
    add_cases(session, scene, 150)
    client = enter("hanna")
    page = client.get(f"{url}?most=40")
    assert (words(page, ".pager .num"), len(listed(page, LINES))) == ("1 to 100 of 152", 100)
    assert listed(page, CARDS)[0] == "No committee can take these"
    look = soup(page).select(".pager button[name=to]")
    assert [(each["value"], each["formaction"]) for each in look] == [("2", f"{url}/look?most=40")]
    line = next(name for name in fields(page) if name.startswith("case_"))
    turned = client.post(f"{url}/look?most=40", data={**fields(page), line: "committee a", "to": "2"})
    hand = f"c{line.removeprefix('case_')}.{scene.committee_id}"
    assert turned.location == f"{url}?most=40&hand={hand}&page=2&seen={fields(page)['seen']}#parts"
    second = client.get(turned.location)
    assert (words(second, ".pager .num"), fields(second)["hand"]) == ("101 to 152 of 152", hand)
    assert words(client.get(f"{url}?most=40&page=99"), ".pager .num") == "101 to 152 of 152"


def test_more_changes_than_an_address_holds_are_kept_all_the_same(
    session: Session, scene: Scene, enter: Enter, url: str
) -> None:
    client, iris = enter("hanna"), case_of(session, scene, "iris").id
    sent = {**fields(client.get(url)), f"case_{iris}": "Committee A", "words": " ".join(["iris"] * 700)}
    shown = client.post(f"{url}/look", data=sent)
    assert (shown.status_code, fields(shown)["hand"]) == (200, f"c{iris}.{scene.committee_id}")
    assert listed(shown, f"{LINES} b") == ["Iris Vance"]


def test_another_proposal_is_asked_for_with_as_many_committees(
    session: Session, scene: Scene, enter: Enter, url: str
) -> None:
    client = enter("hanna")
    shown = soup(client.get(url)).select("form[aria-labelledby=asked] #committees")
    asked = {"committees": str(shown[0]["value"]), "size": "5", "people": "Erin Malik"}
    answer = client.post(url, data=asked)
    expected = f"{url}?committees=32&size=5&people={scene.id('erin')}"
    assert (answer.status_code, answer.location) == (303, expected)


def test_an_address_that_makes_no_sense_shows_the_proposal(scene: Scene, enter: Enter, url: str) -> None:
    client = enter("hanna")
    plain = fields(client.get(url))
    odd = client.get(f"{url}?hand=c1.x_p1_zz_c²_p9.9.9.c_c999.4&page=-3&name_-x=1&name_-99=Ghost&rows=none")
    assert (odd.status_code, fields(odd)) == (200, plain)


@pytest.mark.parametrize("key", ["clara", "greta", "ines", "abel", "noor", "iris"])
def test_the_parts_are_hrs_alone(scene: Scene, enter: Enter, url: str, key: str) -> None:
    assert enter(key).post(f"{url}/look", data={"hand": ""}).status_code == 404


def test_as_many_statements_for_many_cases(
    session: Session, scene: Scene, now: datetime, enter: Enter, url: str, statements: Statements
) -> None:
    client = enter("hanna")
    client.get(url)
    with statements() as few:
        assert client.get(url).status_code == 200
    for key, level in (("cora", "senior-pm"), ("finn", "pm-2"), ("pavel", "principal-pm")):
        open_case_of(session, scene, key, level, now)
    with statements() as many:
        assert client.get(url).status_code == 200
    assert len(many) == len(few)
