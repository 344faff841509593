"""A draft is walked by synthetic people from the nomination to the end, apart from everything real, and signed off."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from review import create_app
from review.adapters.jobs import run_inline
from review.domain.access import SYSTEM, Role, can_read, roles_in
from review.domain.date_rules import OPENING, fix
from review.domain.phase import Phase
from review.extensions import db, make_engine
from review.models import AuditEvent, Base, Case, CaseToken, Cycle, CycleDate, Person, Rehearsal, Timer
from review.queries.actors import find_actor
from review.queries.rehearsals import Walked, load_rehearsal, rehearsal_state
from review.queries.standing import load_standing
from review.rehearsal.cast import FIRST_TRACK, OTHER_TRACKS, Plot
from review.rehearsal.company import build_company
from review.rehearsal.draft import parse_draft, read_draft, write_draft
from review.rehearsal.matrix import SIGHTS, find_places, list_cells, sights_of
from review.rehearsal.place import Place, find_place, open_engine
from review.rehearsal.report import Verdict, find_verdict, gather_report
from review.rehearsal.sheet import compose_sheet
from review.services.committees import create_committee, set_member
from review.services.cycles import create_cycle
from review.services.cycles_in_draft import edit_cycle
from tests.conftest import NOW, HouseClient, make_settings
from tests.factories import Scene, next_plan, open_scene
from tests.personas import COMMITTEE
from tests.signed_in import Door, soup, words

OUTCOMES = {
    Plot.PROMOTED: "promoted",
    Plot.NOT_YET: "not_yet",
    Plot.WITHDRAWN: "withdrawn",
    Plot.CONFLICT: "promoted",
    Plot.LATE_GIVER: "promoted",
    Plot.MANAGER_LEAVES: "promoted",
    Plot.APPEAL: "not_yet",
    Plot.APPEAL_GRANTED: "promoted",
}
OF_THE_OFFICE = frozenset({"rehearsal", "audit_event", "audit_head", "person_key", "sign_in"})
"""Tables in which it may stand that HR rehearsed; nothing of the rehearsal itself."""
OTHERS = {"erin": "chair", "dev": "member", "sam": "member", "otto": "member"}
OUT_OF_IT = ("iris", "greta", "abel", "ines", "petra")
STOPS = ("building", "sealed")
LONG_BUILT = timedelta(days=180)


@dataclass
class World:
    """An installation with an open cycle and a draft, and what was seen at the stops of the draft's rehearsal."""

    app: Flask
    session: Session
    scene: Scene
    cycle_id: int
    folder: Path
    before: dict[str, str]
    after: dict[str, str]
    seen: dict[str, dict[tuple[Role, Phase], tuple[int, bool]]]

    @property
    def door(self) -> Door:
        """Return what lets people in at a new browser."""
        client = self.app.test_client()
        assert isinstance(client, HouseClient)
        client.setup_session = self.session
        return Door(client, self.session, NOW, self.scene.company.ids)

    @property
    def place(self) -> Place:
        """Return where the rehearsal is."""
        return find_place(self.folder, 1)

    def run_jobs(self) -> None:
        """Do what a worker would do."""
        with self.app.app_context():
            run_inline(db.session(), now=NOW)


def hash_rows(session: Session) -> dict[str, str]:
    """Return a digest of all rows of each table."""
    session.rollback()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in OF_THE_OFFICE:
            rows = sorted(str(tuple(row)) for row in session.execute(sa.select(table)))
            found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def draft_cycle(session: Session, scene: Scene) -> int:
    """Set up another cycle with two committees of the cast's, as a draft.

    While its cases are built a request for feedback would expire many times over if nobody looked in between.
    """
    hanna, plan = scene.actor("hanna"), next_plan(session, scene)
    later = {name: day + LONG_BUILT for name, day in plan.dates.items() if name != "nomination_deadline"}
    cycle = create_cycle(session, replace(plan, dates=plan.dates | later), actor=hanna, now=NOW)
    for name, members in (("Committee B", COMMITTEE), ("Committee C", OTHERS)):
        committee = create_committee(session, cycle.id, name, actor=hanna, now=NOW)
        for key, role in members.items():
            set_member(session, committee.id, scene.id(key), role, actor=hanna, now=NOW)
    session.commit()
    return cycle.id


def look_around(world: World) -> dict[tuple[Role, Phase], tuple[int, bool]]:
    """Look at a case as each role that is there now; return the page's status, and whether the table lets them."""
    client = world.door.enter("hanna")
    found = {}
    with open_engine(world.place) as engine, Session(engine) as session:
        now = world.place.read_clock()
        for cell in list_cells(find_places(session, now)):
            if cell.person_id is None or cell.case_id is None:
                continue
            back = f"/rehearsals/1/in/cases/{cell.case_id}"
            session.rollback()
            answer = client.post(
                "/rehearsals/1/look", data={"person_id": cell.person_id, "cell": cell.key, "back": back}
            )
            assert (answer.status_code, answer.location) == (303, back)
            parties = load_standing(session, cell.case_id, SYSTEM, now=now).parties
            held = roles_in(parties, find_actor(session, cell.person_id, today=now.date()))
            may = can_read("case.stage", held, cell.phase)
            session.rollback()
            found[cell.role, cell.phase] = (client.get(back).status_code, may)
    return found


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Walk a whole rehearsal: build, look at two stops, play to the end."""
    folder = tmp_path_factory.mktemp("rehearsed")
    shutil.copyfile(sqlite_template, folder / "real.db")
    settings = make_settings(f"sqlite:///{folder / 'real.db'}", folder)
    app, engine = create_app(settings), make_engine(settings)
    app.extensions["clock"] = lambda: NOW
    app.test_client_class = HouseClient
    with Session(engine) as session:
        scene = open_scene(session, NOW)
        world = World(app, session, scene, draft_cycle(session, scene), folder, {}, {}, {})
        world.before = hash_rows(session)
        client = world.door.enter("hanna")
        assert client.post(f"/cycles/{world.cycle_id}/rehearsals").location == "/rehearsals/1"
        assert "The people are at work" in words(client.get("/rehearsals/1"))
        world.run_jobs()
        for stop in STOPS:
            assert client.post("/rehearsals/1/play", data={"how": "next"}).status_code == 303
            world.run_jobs()
            world.seen[stop] = look_around(world)
        client.post("/rehearsals/1/play", data={"how": "end"})
        world.run_jobs()
        world.after = hash_rows(session)
        yield world
    engine.dispose()
    with app.app_context():
        db.engine.dispose()


def test_every_case_comes_to_the_end_of_its_plot(world: World) -> None:
    with open_engine(world.place) as engine, Session(engine) as session:
        rows = session.execute(
            sa.select(Person.external_id, Case.outcome).join(Case, Case.candidate_id == Person.id)
        ).all()
    first = {f"candidate-ic-{plot}": OUTCOMES[plot] for plot in FIRST_TRACK}
    assert dict(rows) == first | {f"candidate-people-{plot}": OUTCOMES[plot] for plot in OTHER_TRACKS}


def test_nothing_of_it_is_mixed_with_what_is_real(world: World) -> None:
    assert world.after == world.before
    assert [(world.folder / name).exists() for name in ("mail", "files/packets")] == [False, False]
    assert list((world.place.folder / "mail").glob("*.eml"))
    with open_engine(world.place) as engine, Session(engine) as session:
        here = set(session.scalars(sa.select(Person.name)))
    assert here.isdisjoint(world.session.scalars(sa.select(Person.name)))


def test_each_role_sees_what_the_table_of_rights_lets_it_see(world: World) -> None:
    """Looked at as each role at two stops: the page of the case is there where the table says so, else nothing is."""
    for stop, seen in world.seen.items():
        assert len(seen) >= 7, stop
        assert {status for status, _ in seen.values()} == {200, 404}, stop
        assert {cell: status for cell, (status, _) in seen.items()} == {
            cell: 200 if may else 404 for cell, (_, may) in seen.items()
        }, stop
    phases = {phase for _role, phase in world.seen["sealed"]}
    assert Phase.SEALED in phases
    votes = SIGHTS["vote.others"]
    assert [votes in sights_of(Role.MEMBER, phase) for phase in (Phase.VOTING, Phase.REVEALED)] == [False, True]
    assert sights_of(Role.OTHER_EMPLOYEE, Phase.VOTING) == ()


def test_cells_that_were_looked_at_are_ticked(world: World) -> None:
    row = world.session.get_one(Rehearsal, 1)
    assert set(row.looked) == {f"{role}/{phase}" for seen in world.seen.values() for role, phase in seen}
    page = soup(world.door.enter("hugo").get("/rehearsals/1"))
    assert len(page.select(".rehearsal-matrix .tag")) == len(row.looked)


@pytest.mark.parametrize("key", OUT_OF_IT)
def test_whoever_is_not_hr_finds_nothing(world: World, key: str) -> None:
    client = world.door.enter(key)
    nothing = client.get("/cases/999999")
    paths = ("/rehearsals/1", "/rehearsals/1/report", "/rehearsals/1/in/", "/rehearsals/1/in/sign-in")
    answers = [client.get(path) for path in (*paths, "/rehearsals/999999")]
    assert {(each.status_code, each.data) for each in answers} == {(404, nothing.data)}
    posts = [client.post(f"/rehearsals/1/{what}") for what in ("look", "clock", "play", "sign", "in/sign-out")]
    assert [each.status_code for each in posts] == [404] * 5


def test_no_cookie_opens_the_other_side(world: World) -> None:
    client = world.door.enter("hanna")
    with open_engine(world.place) as engine, Session(engine) as session:
        someone = session.scalars(sa.select(Person.id).where(Person.external_id == "hr-2")).one()
    client.post("/rehearsals/1/look", data={"person_id": someone})
    outside, inside = client.get_cookie("session"), client.get_cookie("session-rehearsals-1-in")
    assert outside is not None
    assert inside is not None
    assert client.get("/rehearsals/1/in/cycles").status_code == 200
    client.set_cookie("session-rehearsals-1-in", outside.value)
    crossed = client.get("/rehearsals/1/in/cycles")
    assert (crossed.status_code, crossed.location) == (303, "/rehearsals/1/in/sign-in?next=/rehearsals/1/in/cycles")
    client.set_cookie("session", inside.value)
    assert client.get("/cycles").location == "/sign-in?next=/cycles"
    assert client.get("/rehearsals/1/in/cycles").location == "/sign-in?next=/rehearsals/1/in/cycles"


def test_every_page_within_says_what_it_is(world: World) -> None:
    client = world.door.enter("hanna")
    page = client.get("/rehearsals/1/in/sign-in")
    assert "Synthetic people, nothing is sent." in words(page, ".rehearsal-bar")
    forms = [form["action"] for form in soup(page).select(".rehearsal-bar form")]
    assert forms == ["/rehearsals/1/look", "/rehearsals/1/clock"]
    assert soup(client.get("/cycles")).select(".rehearsal-bar") == []
    assert page.headers["Content-Security-Policy"] == client.get("/cycles").headers["Content-Security-Policy"]


def test_the_report_says_what_came_of_it(world: World) -> None:
    client = world.door.enter("hanna")
    page = client.get("/rehearsals/1/report")
    assert "Nothing was found." in words(page)
    assert "Passed Every case has ended, and nothing is to be mended." in words(page)
    assert len(soup(page).select("[aria-labelledby=cases] tbody tr")) == len(FIRST_TRACK) + len(OTHER_TRACKS)
    assert "answer_request" in words(page, "[aria-labelledby=mails]")
    lines = client.get("/rehearsals/1/report.csv").get_data(as_text=True).splitlines()
    assert sum(line.startswith("Case,") for line in lines) == len(FIRST_TRACK) + len(OTHER_TRACKS)


def test_the_report_is_printed_into_the_rehearsal(world: World) -> None:
    """As it stands now, for HR alone; asked for twice by one form it is made once, and each print is in the record."""
    client = world.door.enter("hanna")
    where = "/rehearsals/1/report"
    assert (client.get(f"{where}.pdf").location, "Make the report" in words(client.get(where))) == (where, True)
    for _ in range(2):
        assert client.post("/rehearsals/1/print", data={"request_key": "once"}).location == where
    world.run_jobs()
    with client.get(f"{where}.pdf") as answer:
        assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
        assert answer.headers["Content-Disposition"] == "attachment; filename=rehearsal-1.pdf"
        printed = answer.data
    assert "Download the report" in words(client.get(where))
    assert [path.read_bytes() for path in world.place.folder.glob("report-*.pdf")] == [printed]
    assert not (world.folder / "files" / "rehearsals").exists()
    events = world.session.execute(
        sa.select(AuditEvent.kind, AuditEvent.actor_id).where(AuditEvent.kind.like("rehearsal.print%"))
    ).all()
    assert [tuple(each) for each in events] == [
        ("rehearsal.print", world.scene.id("hanna")),
        ("rehearsal.printed", None),
    ]
    assert world.door.enter("otto").get(f"{where}.pdf").status_code == 404


def test_what_is_printed_of_a_signed_report_is_what_was_signed(world: World) -> None:
    """Whatever is done in the rehearsal afterwards; unsigned, the print says how it stands now."""
    row = load_rehearsal(world.session, 1, world.scene.actor("hanna"))
    before = compose_sheet(row, world.place, "Lindqvist")
    assert (before.verdict, before.signed_by) == ("Passed", "")
    assert [table.key for table in before.tables] == ["faults", "cases", "stages", "mails", "timers", "walked"]
    cases = before.tables[1].lines
    assert (len(cases), cases[0].cells[0]) == (len(FIRST_TRACK) + len(OTHER_TRACKS), "promoted")
    assert before.tables[0].note == "Nothing was found."
    kept = {
        "faults": ["Nobody came"],
        "notes": [],
        "cases": [],
        "stages": [],
        "mails": [["notify_giver", 3]],
        "timers": [],
    }
    signed = replace(row, signed_at=NOW, signed_by="Hugo Brandt", report={"is_over": True, **kept, "looked": 7})
    after = compose_sheet(signed, world.place, "Lindqvist")
    assert (after.verdict, after.signed_by, after.looked) == ("Failed", "Hugo Brandt", "7 of 112 cells of the matrix")
    assert {table.key: [(line.name, line.cells) for line in table.lines] for table in after.tables if table.lines} == {
        "faults": [("Nobody came", ())],
        "mails": [("notify giver", ("3",))],
    }


def test_what_is_missing_is_a_fault(world: World) -> None:
    """Read for a draft with no committee, in a company where nobody hears an appeal."""
    draft = parse_draft(world.place.read_draft())
    lacking = replace(draft, committees=(), holders={**draft.holders, "appeals": 0})
    with open_engine(world.place) as engine, Session(engine) as session:
        found = gather_report(session, lacking, {}, now=world.place.read_clock(), is_stuck=False)
    assert [(str(fault.words), fault.mend) for fault in found.faults] == [
        ("There is no committee: no packet can be sealed", "committees"),
        ("Nobody holds the role Appeals panel: an appeal would wait for ever", "roles"),
    ]
    assert find_verdict({"is_over": True}, found.faults) is Verdict.FAILED


@pytest.mark.parametrize(("days", "begins"), [(40, datetime(2026, 12, 26, 8, tzinfo=UTC)), (-3, NOW)])
def test_it_begins_on_the_day_of_the_opening_if_that_lies_ahead(
    session: Session, now: datetime, tmp_path: Path, days: int, begins: datetime
) -> None:
    scene, opening = open_scene(session, now), now.date() + timedelta(days=days)
    plan = next_plan(session, scene)
    rules = fix({OPENING: opening} | {name: day + LONG_BUILT for name, day in plan.dates.items()})
    cycle = create_cycle(session, replace(plan, date_rules=rules), actor=scene.actor("hanna"), now=now)
    draft, place = read_draft(session, cycle.id), Place(tmp_path / "rehearsal")
    refused = build_company(place, parse_draft(write_draft(draft)), now=now, seed=1)
    with open_engine(place) as engine, Session(engine) as within:
        nominated = set(within.scalars(sa.select(Case.created_at)))
    assert (draft.opening, refused, place.read_clock(), nominated) == (opening, "", begins, {begins})


@pytest.fixture
def built(world: World) -> int:
    """Build another rehearsal, of the same draft, that nobody plays on; return its number."""
    number = world.door.enter("hanna").post(f"/cycles/{world.cycle_id}/rehearsals").location.rpartition("/")[2]
    world.run_jobs()
    return int(number)


def test_a_signature_holds_for_the_draft_as_it_was_walked(world: World, built: int) -> None:
    session, client = world.session, world.door.enter("hugo")
    cycle, row = session.get_one(Cycle, world.cycle_id), session.get_one(Rehearsal, built)
    assert rehearsal_state(session, cycle).walked is Walked.UNSIGNED
    assert client.post(f"/rehearsals/{built}/sign").status_code == 409
    row.report = {"is_over": True}
    assert client.post(f"/rehearsals/{built}/sign").status_code == 303
    assert client.post(f"/rehearsals/{built}/sign").status_code == 409
    state = rehearsal_state(session, cycle)
    assert (state.walked, state.rehearsal_id, state.signed_by) == (Walked.SIGNED, built, "Hugo Brandt")
    plan = replace(next_plan(session, world.scene), name="Another spring")
    edit_cycle(session, cycle.id, plan, version=cycle.version, actor=world.scene.actor("hanna"), now=NOW)
    session.commit()
    assert rehearsal_state(session, cycle).walked is Walked.STALE
    client.post(f"/rehearsals/{built}/throw-away")
    folder = find_place(world.folder, built).folder
    assert (folder.exists(), client.get(f"/rehearsals/{built}").status_code) == (False, 404)
    assert rehearsal_state(session, cycle).signed_by == "Hugo Brandt"


def test_what_is_thrown_away_while_it_is_built_stays_away(world: World) -> None:
    client = world.door.enter("hanna")
    where = client.post(f"/cycles/{world.cycle_id}/rehearsals").location
    assert client.post(f"{where}/throw-away").status_code == 303
    world.run_jobs()
    assert client.get(where).status_code == 404


def test_a_day_goes_by_on_its_own_clock(world: World, built: int) -> None:
    place = find_place(world.folder, built)
    assert place.read_clock() == NOW
    old = find_place(world.folder, 999)
    old.folder.mkdir()
    world.door.enter("hanna").post(f"/cycles/{world.cycle_id}/rehearsals")
    assert (old.folder.exists(), place.folder.exists()) == (False, True)
    client = world.door.enter("hanna")
    assert client.post(f"/rehearsals/{built}/clock", data={"to": "day"}).location == f"/rehearsals/{built}/in/"
    assert place.read_clock() == NOW + timedelta(days=1)


def test_the_clock_goes_to_the_next_thing_due(world: World, built: int) -> None:
    """Each time to the next timer, end of a stage or date, whichever comes first; what is due then happens."""
    place, client = find_place(world.folder, built), world.door.enter("hanna")
    seen = []
    for _ in range(3):
        with open_engine(place) as engine, Session(engine) as session:
            now = place.read_clock()
            ahead = [*session.scalars(sa.select(CaseToken.due_at).where(CaseToken.due_at > now))]
            ahead += session.scalars(sa.select(Timer.due_at).where(Timer.done_at.is_(None), Timer.due_at > now))
            days = session.scalars(sa.select(CycleDate.on_day).where(CycleDate.on_day > now.date())).all()
        ahead += [now + (day - now.date()) for day in days]
        client.post(f"/rehearsals/{built}/clock", data={"to": "due"})
        assert place.read_clock() == min(each for each in ahead if each is not None)
        seen.append(place.read_clock())
    assert seen == sorted(set(seen))
    with open_engine(place) as engine, Session(engine) as session:
        late = sa.select(sa.func.count()).where(Timer.done_at.is_(None), Timer.due_at <= place.read_clock())
        assert session.scalar(late) == 0
