"""A whole session in eight browsers at once: seven members and HR, twenty-three cases, one laptop that dies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from review.models import AuditHead, Case, Decision, Meeting, PulledCase, RatingChange, Vote
from review.services.audit import find_break
from tests.browser.session_of_23 import SEVEN, expect_trail, list_trail, reveal_all
from tests.committee_room import Room

RECUSAL = (
    "Packets Agenda of Committee A The committee talks about a case that you are out of. Nothing of it is shown here."
    " This page comes back by itself when it is done."
)


@dataclass
class Screens:
    """The open screens by who sits at them."""

    pages: dict[str, Page]
    rooms: dict[str, Room]

    @property
    def agenda(self) -> str:
        """Return the address of the agenda."""
        return f"/committee/agenda/{self.rooms['gil'].scene.committee_id}"

    def case(self, key: str, page: str) -> str:
        """Return the address of a page of a case."""
        return f"/cases/{self.rooms[key].case_id}/{page}"

    def press(self, who: str, button: str, told: dict[str, str]) -> None:
        """Press a button of who leads; every screen named shows these words without a reload."""
        self.pages[who].get_by_role("button", name=button, exact=True).click()
        for key, words in told.items():
            expect(self.pages[key].locator("main")).to_contain_text(words)

    def send(self, who: str, option: str, note: str = "") -> None:
        """Make a move of the case from its session, with a note where it asks for one."""
        option_of = self.pages[who].locator(f"#option-{option}")
        option_of.locator("summary").click()
        if note:
            option_of.locator("textarea").fill(note)
        option_of.locator("button[type=submit]").click()

    def vote(self, who: str, key: str) -> None:
        """Vote in the second round: what one voted before, but for promotion."""
        page = self.pages[who]
        page.goto(self.case(key, "ballot"))
        page.locator("[name=overall][value=promote]").check(force=True)
        page.get_by_role("button", name="Check and cast").click()
        page.get_by_role("button", name="Cast my vote").click()
        page.get_by_text("Your vote is cast. You may change it").wait_for()


@pytest.fixture
def rooms(session: Session, now: datetime) -> dict[str, Room]:
    return reveal_all(session, now)


@pytest.fixture
def screens(rooms: dict[str, Room], open_page: Callable[..., Page], enter: Callable[..., None]) -> Screens:
    """Return eight signed-in browsers: agendas, sessions of Gil's case, one of them on a phone, and HR."""
    pages = {key: open_page(390 if key == "sam" else 1280) for key in (*SEVEN, "hanna")}
    screens = Screens(pages, rooms)
    for key, page in pages.items():
        enter(page, f"{key}@company.example")
        page.goto(screens.case("gil", "session") if key in ("aya", "otto", "hanna") else screens.agenda)
        page.evaluate("window.isSame = true")
    return screens


def test_a_session_of_23_cases_in_8_browsers(session: Session, rooms: dict[str, Room], screens: Screens) -> None:
    start = session.scalars(sa.select(AuditHead.seq)).one()
    session.commit()  # an open transaction would keep the server from writing
    confirm_what_is_agreed(screens)
    talk_about_the_first_case(screens)
    leave_while_it_is_on(screens)
    change_a_rating(screens)
    vote_again(screens)
    decide_and_go_on(screens)
    go_on_without_the_chair(screens)
    reports = {key: page.reports for key, page in screens.pages.items() if key != "aya"}  # type: ignore[attr-defined]
    assert reports == {key: [] for key in reports}  # Aya's browser reports that her question was answered with 404
    compare_rows(session, rooms)
    assert list_trail(session, rooms, start) == expect_trail()
    assert find_break(session) is None


def confirm_what_is_agreed(screens: Screens) -> None:
    """Mika takes a case off the consent list; the chair, told so, confirms the three that are left."""
    chair, mika = screens.pages["clara"], screens.pages["mika"]
    expect(chair.get_by_role("button", name="Record 4 decisions")).to_be_visible()
    mika.get_by_label("Case", exact=True).select_option(label="Dana Kern")
    mika.get_by_label("What about").fill("One more look at E2.")
    mika.get_by_role("button", name="Take it off the list").click()
    mika.get_by_text("The case is among those to discuss now.").wait_for()
    mika.evaluate("window.isSame = true")
    link = chair.get_by_role("link", name="Show it as it is now")
    expect(link).to_be_visible()
    link.click()
    chair.get_by_role("button", name="Record 3 decisions").click()
    chair.get_by_text("3 decisions are recorded.").wait_for()


def talk_about_the_first_case(screens: Screens) -> None:
    """The chair puts Gil's case on and goes from criterion to criterion; Jonas, who is out, sees one line."""
    screens.pages["clara"].get_by_label("Case to put on").select_option(label="Gil Kern")
    on = dict.fromkeys(("omar", "mika", "aya", "sam", "otto"), "Now: case 4 of 23")
    screens.press("clara", "Put this case on", on)
    expect(screens.pages["jonas"].locator("main")).to_have_text(RECUSAL)
    for name in ("Leadership", "Accountability"):
        screens.press("clara", name, dict.fromkeys(on, f"criterion {name}"))
        expect(screens.pages["jonas"].locator("main")).to_have_text(RECUSAL)
    for key in ("omar", "mika", "sam", "aya", "otto"):
        assert screens.pages[key].evaluate("window.isSame")


def leave_while_it_is_on(screens: Screens) -> None:
    """Aya declares a conflict in another tab while she writes a note: the case goes from her screen all the same."""
    aya = screens.pages["aya"]
    aya.get_by_role("textbox", name="Note").fill("Is E1 not the work of")
    tab = aya.context.new_page()
    tab.goto(screens.case("gil", "conflict"))
    tab.locator("[name=kind]").first.check()
    tab.locator("[name=reason]").first.fill("We share a house.")
    tab.get_by_role("button", name="Declare and leave the case").click()
    tab.wait_for_url("**/committee")
    tab.close()
    expect(aya.locator("main")).to_contain_text(RECUSAL)
    assert aya.url.endswith(screens.agenda)
    aya.reload()  # without the word of thanks, which one of the two tabs showed
    expect(aya.locator("main")).to_have_text(RECUSAL)
    expect(screens.pages["otto"].get_by_text("1 vote, voided by a conflict that came up")).to_be_visible()


def change_a_rating(screens: Screens) -> None:
    """The chair changes a rating: it stands on the open sessions of Otto and of HR."""
    chair = screens.pages["clara"]
    chair.goto(screens.case("gil", "calibration/leadership"))
    chair.locator("[name=value][value='5']").check(force=True)
    chair.locator("[name=code]").select_option("overlooked")
    chair.locator("[name=sentence]").select_option(index=1)
    chair.locator("[name=reason]").fill("E3 shows four teams, not two.")
    chair.locator("[name=cites]").first.check()
    told = dict.fromkeys(("otto", "hanna"), "E3 shows four teams, not two.")
    screens.press("clara", "Change the rating", told)
    for key in told:
        assert screens.pages[key].evaluate("window.isSame")


def vote_again(screens: Screens) -> None:
    """The chair asks for a second round, five vote, HR sees the turnout grow, and the chair reveals."""
    chair, hanna = screens.pages["clara"], screens.pages["hanna"]
    chair.goto(screens.case("gil", "session"))
    screens.send("clara", "vote_again", "After the talk about E3.")
    chair.get_by_text("Done. It is in the record of the case.").wait_for()
    for key in ("otto", "hanna"):
        screens.pages[key].get_by_role("link", name="Show it as it is now").click()
    expect(hanna.locator(".stat")).to_contain_text("0/5votes are in")
    for key in ("clara", "omar", "mika", "sam", "otto"):
        screens.vote(key, "gil")
    expect(hanna.locator(".stat")).to_contain_text("5/5votes are in")
    screens.pages["otto"].goto(screens.case("gil", "session"))
    chair.goto(screens.case("gil", "session"))
    screens.send("clara", "reveal_votes")
    for key in ("otto", "hanna"):
        expect(screens.pages[key].get_by_text("The votes say: Promote")).to_be_visible()


def decide_and_go_on(screens: Screens) -> None:
    """The chair records the decision and goes on to the next case, for which Jonas and Aya are back; pause, go on."""
    chair = screens.pages["clara"]
    for key in ("omar", "mika", "sam"):
        screens.pages[key].goto(screens.agenda)
    chair.goto(screens.case("gil", "decision"))
    chair.locator("[name=action][value=decide_promote]").check(force=True)
    chair.locator("[name=rationale]").fill("All four criteria are shown, leadership in E3.")
    chair.get_by_role("button", name="Check the decision").click()
    chair.get_by_role("button", name="Record the decision").click()
    chair.wait_for_url("**/decision")
    chair.goto(screens.agenda)
    screens.press("clara", "Next: Fay Kern", dict.fromkeys(("omar", "mika", "sam"), "Now: case 5 of 23"))
    for key in ("jonas", "aya"):
        expect(screens.pages[key].get_by_text("Now: case 4 of 22")).to_be_visible()
    screens.press("clara", "Pause", dict.fromkeys(("omar", "aya"), "Paused"))
    screens.press("clara", "Go on", {})
    for key in ("omar", "aya"):
        expect(screens.pages[key].get_by_text("Paused")).to_be_hidden()


def go_on_without_the_chair(screens: Screens) -> None:
    """The chair's laptop dies; the deputy takes the chair from the session of the case and puts the next one on."""
    screens.pages["clara"].context.close()
    omar = screens.pages["omar"]
    omar.goto(screens.case("fay", "session"))
    omar.get_by_text("The chair cannot go on?").click()
    omar.get_by_role("button", name="Yes: take the chair").click()
    omar.get_by_text("You have the chair now.").wait_for()
    omar.goto(screens.agenda)
    told = dict.fromkeys(("mika", "sam"), "Now: case 6 of 23") | dict.fromkeys(("jonas", "aya"), "Now: case 5 of 22")
    screens.press("omar", "Next: Hope Kern", told)
    screens.press("omar", "Leadership", dict.fromkeys(told, "criterion Leadership"))


def compare_rows(session: Session, rooms: dict[str, Room]) -> None:
    """Compare what the session left: decisions, votes, who was in the room, and where it is."""
    names = {number: key for key, number in rooms["gil"].scene.company.ids.items()}
    cases = {room.case_id: key for key, room in rooms.items()}
    decided = session.execute(sa.select(Decision.case_id, Decision.outcome, Decision.recorded_by_id))
    assert [(cases[row[0]], row[1], names[row[2]]) for row in decided.all()] == [
        (key, "promote", "clara") for key in ("ada", "bela", "cleo", "gil")
    ]
    meeting = session.scalars(sa.select(Meeting)).one()
    assert (cases[meeting.case_id or 0], meeting.criterion_id, meeting.paused_at, meeting.version) == (
        "hope", "leadership", None, 8,
    )  # fmt: skip
    gil = session.get_one(Case, rooms["gil"].case_id)
    assert sorted(names[each] for each in gil.present_ids) == ["clara", "mika", "omar", "otto", "sam"]
    pulled = session.scalars(sa.select(PulledCase)).all()
    assert [(cases[each.case_id], names[each.person_id], each.reason) for each in pulled] == [
        ("dana", "mika", "One more look at E2.")
    ]
    changed = session.scalars(sa.select(RatingChange)).all()
    assert [(cases[each.case_id], each.criterion_id, each.before, each.value) for each in changed] == [
        ("gil", "leadership", 4, 5)
    ]
    votes = session.scalars(sa.select(Vote).where(Vote.case_id == gil.id)).all()
    cast = [(each.round, names[each.person_id], each.overall, each.voided_at is not None) for each in votes]
    assert sorted(cast) == [
        (1, "aya", "promote", True),
        *((1, key, "promote", False) for key in ("clara", "mika", "omar")),
        *((1, key, "not_yet", False) for key in ("otto", "sam")),
        *((2, key, "promote", False) for key in ("clara", "mika", "omar", "otto", "sam")),
    ]
