"""The release of a large cycle: lists by the page, a batch of all that are ready with one press, up to a limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Case, Letter, Release, ReleaseItem, ReleaseRun, RoleGrant
from review.queries.releases import MOST_AT_ONCE
from review.services import releases_sending
from tests.after_decision import come_in, decided_room, make_ready
from tests.committee_room import Room
from tests.many_letters import copy_letters


@pytest.fixture
def room(session: Session, now: Any) -> Room:
    """Return a case whose letter is ready, the first of its cycle."""
    room = decided_room(session, now)
    make_ready(room)
    session.commit()
    return room


def url_of(room: Room) -> str:
    return f"/cycles/{room.scene.cycle_id}/release"


def look(client: FlaskClient, url: str) -> BeautifulSoup:
    answer = client.get(url)
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser")


def codes_of(page: BeautifulSoup, heading: str) -> list[str]:
    """Return the codes of the cases in the table of the card with this heading."""
    (title,) = page.select(f"h2#{heading}")
    card = title.find_parent(class_="card-x")
    assert card is not None
    return [each.get_text(strip=True) for each in card.select("tbody th small")]


def pagers(page: BeautifulSoup) -> list[str]:
    return [" ".join(each.get_text(" ", strip=True).split()) for each in page.select(".pager")]


def batches(session: Session) -> list[int]:
    """Return how many letters each batch holds, in the order in which they were prepared."""
    counted = sa.select(sa.func.count(ReleaseItem.id)).group_by(ReleaseItem.release_id).order_by(ReleaseItem.release_id)
    return list(session.scalars(counted))


def numbered(first: int, last: int) -> list[str]:
    return [f"2026A-X{number:03d}" for number in range(first, last + 1)]


def test_up_to_fifty_letters_stand_on_one_page_all_ticked(client: FlaskClient, room: Room) -> None:
    copy_letters(room, 49)
    page = look(come_in(client, room, "hanna"), url_of(room))
    ticks = page.select("input[name=cases]")
    buttons = [each.get_text(strip=True) for each in page.select("form.card-x button")]
    assert (codes_of(page, "ready"), pagers(page)) == ([room.case.code, *numbered(1, 49)], [])
    assert (len(ticks), [each.has_attr("checked") for each in ticks], buttons) == (
        50,
        [True] * 50,
        ["Prepare the batch"],
    )


def test_more_letters_come_by_the_page_and_ticks_are_about_the_page_alone(client: FlaskClient, room: Room) -> None:
    copied = copy_letters(room, 54)
    come_in(client, room, "hanna")
    first, second = look(client, url_of(room)), look(client, f"{url_of(room)}?part=ready&page=2")
    assert (codes_of(first, "ready"), codes_of(second, "ready")) == (
        [room.case.code, *numbered(1, 49)],
        numbered(50, 54),
    )
    assert (pagers(first), pagers(second)) == (["1 to 50 of 55 Next page"], ["51 to 55 of 55 Earlier page"])
    assert [page.select("input[name=cases][checked]") for page in (first, second)] == [[], []]
    (form,) = second.select("form.card-x")
    assert form["action"] == f"{url_of(room)}?part=ready&page=2"
    client.post(str(form["action"]), data={"cases": copied[50:52], "every": form.select("[name=every]")[0]["value"]})
    assert batches(room.session) == [2]


def test_a_page_that_is_not_there_is_the_first(client: FlaskClient, room: Room) -> None:
    copy_letters(room, 54)
    page = look(come_in(client, room, "hanna"), f"{url_of(room)}?part=ready&page=3")
    assert codes_of(page, "ready") == [room.case.code, *numbered(1, 49)]


def test_all_that_are_ready_are_one_press_as_the_page_counted_them(client: FlaskClient, room: Room) -> None:
    copied = copy_letters(room, 54)
    (form,) = look(come_in(client, room, "hanna"), url_of(room)).select("form.card-x")
    buttons = [(each.get_text(strip=True), each.get("name"), each.get("value")) for each in form.select("button")]
    assert buttons == [("Prepare a batch of all 55", "then", "every"), ("Only those ticked on this page", None, None)]
    sent = {"every": form.select("[name=every]")[0]["value"], "then": "every"}
    late = copy_letters(room, 1, first=900)
    assert client.post(url_of(room), data=sent).status_code == 303
    waiting = set(room.session.scalars(sa.select(ReleaseItem.case_id)))
    assert (waiting, late[0] in waiting) == ({room.case_id, *copied}, False)


def test_of_more_than_go_out_at_once_the_first_are_taken_and_the_page_says_so(client: FlaskClient, room: Room) -> None:
    copied = copy_letters(room, MOST_AT_ONCE)
    page = look(come_in(client, room, "hanna"), url_of(room))
    (form,) = page.select("form.card-x")
    assert "At most 500 letters go out at once: the first of them are taken" in form.get_text()
    assert form.select("button")[0].get_text(strip=True) == "Prepare a batch of the first 500"
    sent = {"every": form.select("[name=every]")[0]["value"], "then": "every"}
    assert (client.post(url_of(room), data=sent).status_code, batches(room.session)) == (303, [500])
    assert codes_of(look(client, url_of(room)), "ready") == ["2026A-X500"]
    assert copied[-1] not in set(room.session.scalars(sa.select(ReleaseItem.case_id)))


def test_a_larger_batch_is_refused_beside_the_list(client: FlaskClient, room: Room) -> None:
    copied = copy_letters(room, MOST_AT_ONCE)
    every = " ".join(map(str, [room.case_id, *copied]))
    answer = come_in(client, room, "hanna").post(url_of(room), data={"every": every, "then": "every"})
    said = "At most 500 letters go out at once, and 501 are chosen; prepare the rest as another batch"
    assert (answer.status_code, said in answer.text, batches(room.session)) == (422, True, [])


def test_what_no_page_sent_chooses_nothing(client: FlaskClient, room: Room) -> None:
    answer = come_in(client, room, "hanna").post(url_of(room), data={"every": "x 9999999999 -1", "then": "every"})
    assert (answer.status_code, "Choose at least one letter" in answer.text) == (422, True)


def test_cases_that_are_not_ready_come_by_the_page(client: FlaskClient, room: Room) -> None:
    copy_letters(room, 51, is_ready=False)
    page = look(come_in(client, room, "hanna"), f"{url_of(room)}?part=waiting&page=2")
    assert (codes_of(page, "waiting"), codes_of(page, "ready"), pagers(page)) == (
        ["2026A-X051"],
        [room.case.code],
        ["51 to 51 of 51 Earlier page"],
    )


def test_of_a_long_batch_those_that_keep_it_back_come_first(client: FlaskClient, room: Room) -> None:
    copied = copy_letters(room, 54)
    client = come_in(client, room, "hanna")
    client.post(url_of(room), data={"cases": [room.case_id, *copied]})
    (number,) = room.session.scalars(sa.select(Release.id))
    room.session.execute(sa.update(Case).where(Case.id == copied[-1]).values(phase="revealed", state="discussion"))
    room.session.execute(
        sa.text("update case_token set state = 'discussion' where case_id = :id and region = 'main'"),
        {"id": copied[-1]},
    )
    room.session.commit()
    first = look(client, url_of(room))
    second = look(client, f"{url_of(room)}?part=batch-{number}&page=2")
    assert codes_of(first, f"batch-{number}") == ["2026A-X054", room.case.code, *numbered(1, 48)]
    assert (codes_of(second, f"batch-{number}"), pagers(second)) == (numbered(49, 53), ["51 to 55 of 55 Earlier page"])


def test_a_batch_of_an_earlier_version_says_that_it_is_to_be_prepared_again(client: FlaskClient, room: Room) -> None:
    come_in(client, room, "hanna").post(url_of(room), data={"cases": [room.case_id]})
    room.session.execute(sa.update(ReleaseItem).values(decision_id=None))
    room.session.commit()
    page = look(come_in(client, room, "hugo"), url_of(room))
    said = [each.get_text(strip=True) for each in page.select("table .invalid-msg")]
    assert said == ["It was prepared by an earlier version of Dualtrack; cancel the batch and prepare it again"]
    assert [each["aria-disabled"] for each in page.find_all("button", string="Approve and send")] == ["true"]


def test_batches_come_ten_a_page_and_stay_where_one_of_them_is_turned(client: FlaskClient, room: Room) -> None:
    copied = copy_letters(room, 65)
    come_in(client, room, "hanna")
    for case_id in copied[:10]:
        client.post(url_of(room), data={"cases": [case_id]})
    client.post(url_of(room), data={"cases": copied[10:]})
    numbers = room.session.scalars(sa.select(Release.id).order_by(Release.id)).all()
    shown = [
        [each["id"] for each in look(client, f"{url_of(room)}{more}").select("h2[id^=batch-]")]
        for more in ("", "?part=batches&page=2", f"?part=batch-{numbers[10]}&page=2")
    ]
    assert shown == [[f"batch-{each}" for each in numbers[:10]], *[[f"batch-{numbers[10]}"]] * 2]


def test_lists_and_their_pages_are_named_apart(client: FlaskClient, room: Room) -> None:
    """Whoever goes from landmark to landmark hears which batch it is, and which list they turn."""
    copied = copy_letters(room, 120)
    come_in(client, room, "hanna")
    client.post(url_of(room), data={"cases": copied[:55]})
    client.post(url_of(room), data={"cases": copied[55:56]})
    page, (long, short) = look(client, url_of(room)), room.session.scalars(sa.select(Release.id).order_by(Release.id))
    assert [each["aria-label"] for each in page.select("[role=region], nav.pager")] == [
        f"Letters of batch {long}",
        f"Pages of this list: batch {long}",
        f"Letters of batch {short}",
        "Letters that are ready",
        "Pages of this list: Ready to go out",
    ]
    headings = [each.get_text(strip=True) for each in page.select("h2[id^=batch-]")]
    assert headings == [f"Batch {each} waits for a second person" for each in (long, short)]


def test_batches_that_went_out_come_by_the_page(client: FlaskClient, room: Room) -> None:
    known = {"cycle_id": room.scene.cycle_id, "prepared_by_id": room.scene.id("hanna"), "prepared_at": room.now}
    sent = {**known, "approved_by_id": room.scene.id("hugo"), "approved_at": room.now}
    numbers = room.session.scalars(sa.insert(Release).returning(Release.id), [sent] * 51).all()
    room.session.execute(sa.insert(ReleaseItem), [{"release_id": each, "case_id": room.case_id} for each in numbers])
    room.session.commit()
    come_in(client, room, "hanna")
    pages = [look(client, f"{url_of(room)}?part=sent&page={number}") for number in (1, 2)]
    assert [(len(page.select("main .log li")), pagers(page)) for page in pages] == [
        (50, ["1 to 50 of 51 Next page"]),
        (1, ["51 to 51 of 51 Earlier page"]),
    ]


def test_the_page_takes_the_same_statements_for_one_letter_and_sixty(
    client: FlaskClient, room: Room, statements: Any
) -> None:
    come_in(client, room, "hanna").get(url_of(room))
    with statements() as one:
        client.get(url_of(room))
    copy_letters(room, 60)
    with statements() as many:
        client.get(url_of(room))
    assert len(many) == len(one)


def say(page: BeautifulSoup, selector: str) -> list[str]:
    """Return the words of what a selector finds."""
    return [" ".join(each.get_text(" ", strip=True).split()) for each in page.select(selector)]


@pytest.fixture
def approved(client: FlaskClient, room: Room, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let Hanna prepare five letters and Hugo approve them, who is signed in then; return the batch's number."""
    monkeypatch.setattr(releases_sending, "AT_ONCE", 3)
    come_in(client, room, "hanna").post(url_of(room), data={"cases": [room.case_id, *copy_letters(room, 4)]})
    number = room.session.scalars(sa.select(Release.id)).one()
    answer = come_in(client, room, "hugo").post(f"{url_of(room)}/{number}/approve")
    assert (answer.status_code, answer.location) == (303, url_of(room))
    return str(number)


def test_a_large_batch_goes_out_while_the_page_tells_how_far_it_is(
    client: FlaskClient, room: Room, approved: str, run_jobs: Callable[[], int]
) -> None:
    page = look(client, url_of(room))
    assert say(page, "#sending h2") == [f"Batch {approved} waits for a worker"]
    assert say(page, "#sending [role=status]") == ["0 of 5 letters are out."]
    assert say(page, ".flashes") == ["The batch is prepared. Another HR partner approves it."]  # and no more
    assert (codes_of(page, "ready") if page.select("table") else [], page.select("h2[id^=batch-], #sent")) == ([], [])
    room.session.execute(sa.update(ReleaseRun).values(state="running", sent=3, kept=1))
    room.session.commit()
    part = look(client, f"{url_of(room)}/live")
    assert say(part, "#sending h2") == [f"The letters of batch {approved} go out"]
    assert say(part, "[role=status]") == ["3 of 5 letters are out. 1 was kept back."]
    assert [(each["value"], each["max"]) for each in part.select("progress")] == [("4", "5")]
    assert part.select("#sending")[0]["hx-get"] == f"{url_of(room)}/live"
    room.session.execute(sa.update(ReleaseRun).values(state="waiting", sent=0, kept=0))
    room.session.commit()
    run_jobs()
    ended = look(client, url_of(room))
    assert say(ended, "#sending p")[0].startswith("5 letters went out, 16 Nov 2026")
    assert "hx-get" not in ended.select("#sending")[0].attrs
    assert say(ended, ".log li span")[0] == "5 letters prepared by Hanna Ruiz, approved by Hugo Brandt"


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("letter", "The others could not go out any more when it was their turn."),
        ("partner", "Who approved the batch is not an HR partner any more."),
    ],
)
def test_what_stayed_behind_is_told_with_the_reason(
    client: FlaskClient, room: Room, approved: str, run_jobs: Callable[[], int], why: str, said: str
) -> None:
    if why == "letter":
        room.session.execute(sa.update(Letter).where(Letter.case_id == room.case_id).values(ready_at=None))
    else:
        hugo = room.scene.id("hugo")
        room.session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == hugo, RoleGrant.role == "hr"))
    room.session.commit()
    run_jobs()
    page = look(come_in(client, room, "hanna"), url_of(room))
    out = 4 if why == "letter" else 0
    told = f"{out} of 5 letters are out."
    then = "They are in no batch now: the lists below say which are ready and what others lack."
    assert say(page, "#sending p") == [f"{told} {said} {then} Prepare another batch with them."]


def test_nobody_but_hr_follows_it(client: FlaskClient, room: Room, approved: str) -> None:
    assert come_in(client, room, "greta").get(f"{url_of(room)}/live").status_code == 404


def test_a_batch_over_fifty_says_before_that_it_takes_a_moment(client: FlaskClient, room: Room) -> None:
    copied = copy_letters(room, 51)
    come_in(client, room, "hanna").post(url_of(room), data={"cases": copied})
    client.post(url_of(room), data={"cases": [room.case_id]})
    page = look(come_in(client, room, "hugo"), url_of(room))
    assert [each for each in say(page, "form.step p") if "cannot be taken back" in each] == [
        "51 letters go out now, within a minute; this page says how far it is. This cannot be taken back.",
        "1 letter goes out at once. This cannot be taken back.",
    ]
