"""The demo company is built once: every case stands where its content says, and everybody of the cast can sign in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from sqlalchemy.orm import Session

from review import create_app
from review.adapters.jobs import InlineJobs
from review.cli import group
from review.config import Settings
from review.demo.build import Built, OtherPeople, build_demo, is_built
from review.demo.company import GlobalRole
from review.demo.content import Case as CaseContent
from review.demo.content import load_content
from review.domain.access import Actor
from review.domain.packet_anchors import find_anchors, number_feedback
from review.extensions import db, make_engine
from review.models import (
    AuditEvent,
    Case,
    CaseToken,
    Cycle,
    Evidence,
    Feedback,
    GrowthPlan,
    Invite,
    Message,
    Packet,
    PacketFile,
    Person,
    Rating,
    RatingLine,
    SelfReview,
    Timer,
)
from review.queries.example_profiles import list_examples, load_example
from review.queries.insight import load_insight
from review.queries.people import demo_cast
from review.services.audit import find_break
from tests.conftest import NOW, HouseClient, environment, make_settings

CONTENT = load_content()
SEED = 7
REGIONS = ("packet", "feedback", "rating", "second_rating", "panel")


@pytest.fixture(scope="module")
def installation(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return the settings of an installation whose database is migrated and empty."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copyfile(sqlite_template, folder / "demo.db")
    return make_settings(f"sqlite:///{folder / 'demo.db'}", folder, is_demo=True)


@pytest.fixture(scope="module")
def engine(installation: Settings) -> Iterator[sa.Engine]:
    engine = make_engine(installation)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def built(engine: sa.Engine) -> Built:
    """Build the demo company, once for all tests of this file."""
    return build_demo(engine, CONTENT, now=NOW, seed=SEED, processes=2)


@pytest.fixture
def session(engine: sa.Engine, built: Built) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


@pytest.fixture
def app(installation: Settings, built: Built) -> Iterator[Flask]:
    app = create_app(installation)
    app.extensions["clock"] = lambda: NOW
    app.test_client_class = HouseClient
    yield app
    with app.app_context():
        db.engine.dispose()


def rows_by_content(session: Session) -> dict[str, Case]:
    found = sa.select(Cycle.code, Person.external_id, Case)
    found = found.join(Cycle, Cycle.id == Case.cycle_id).join(Person, Person.id == Case.candidate_id)
    rows = {(code, candidate): case for code, candidate, case in session.execute(found)}
    assert len(rows) == len(CONTENT.cases)
    return {each.key: rows[CONTENT.cycle(each.cycle).code, each.candidate] for each in CONTENT.cases}


def target_of(case: CaseContent) -> dict[str, str]:
    regions = {name: getattr(case.target, name) for name in REGIONS}
    return {"main": case.target.state, **{name: state for name, state in regions.items() if state is not None}}


def where_cases_stand(session: Session) -> dict[str, dict[str, str]]:
    stands: dict[str, dict[str, str]] = {}
    for key, row in rows_by_content(session).items():
        tokens = session.scalars(sa.select(CaseToken).where(CaseToken.case_id == row.id))
        stands[key] = {token.region: token.state for token in tokens}
    return stands


def test_every_case_stands_where_its_content_says(session: Session) -> None:
    assert where_cases_stand(session) == {case.key: target_of(case) for case in CONTENT.cases}


@pytest.mark.parametrize("days", [1, 2, 5], ids=["Tuesday", "Wednesday", "Saturday"])
def test_it_is_the_same_on_another_day_of_the_week(sqlite_template: Path, tmp_path: Path, days: int) -> None:
    """Days of a weekend are put beside others: what comes after them on the same day still does."""
    shutil.copyfile(sqlite_template, tmp_path / "demo.db")
    engine = make_engine(make_settings(f"sqlite:///{tmp_path / 'demo.db'}", tmp_path, is_demo=True))
    build_demo(engine, CONTENT, now=NOW + timedelta(days=days), seed=SEED, processes=1)
    with Session(engine) as session:
        assert where_cases_stand(session) == {case.key: target_of(case) for case in CONTENT.cases}
    engine.dispose()


def test_every_giver_got_as_far_as_the_content_says(session: Session) -> None:
    rows = rows_by_content(session)
    open_cases = [case for case in CONTENT.cases if case.target.state == "collecting"]
    for case in open_cases:
        given = sa.select(Person.external_id, Feedback.state).join(Person, Person.id == Feedback.giver_id)
        given = given.where(Feedback.case_id == rows[case.key].id, Person.is_external.is_(False))
        states = dict(session.execute(given).all())
        assert states == {giver.person: giver.state for giver in case.givers}, case.key


def test_givers_from_outside_answered_or_have_a_mail_waiting(session: Session) -> None:
    rows = rows_by_content(session)
    wanted = {each.email: (rows[case.key].id, each.state) for case in CONTENT.cases for each in case.outside}
    found = sa.select(Invite.email, Feedback.case_id, Feedback.state).join(Feedback, Feedback.id == Invite.feedback_id)
    assert {email: (case, state) for email, case, state in session.execute(found)} == wanted
    assert sorted(state for _, state in wanted.values()) == ["asked", "submitted"]
    waits = sa.select(Invite.email).join(Feedback, Feedback.id == Invite.feedback_id)
    waits = waits.join(Message, Message.to_person_id == Feedback.giver_id)
    waits = waits.where(Message.template == "outside_asked", Message.sent_at.is_(None), Message.dropped_at.is_(None))
    assert session.scalars(waits).all() == [email for email, (_, state) in wanted.items() if state == "asked"]


def test_the_trail_is_whole_and_in_the_order_of_time(session: Session, built: Built) -> None:
    assert find_break(session) is None
    of_the_story = sa.select(AuditEvent.at).where(
        AuditEvent.kind.not_like("sign_in.%")
    )  # those are of other tests here
    moments = session.scalars(of_the_story.order_by(AuditEvent.seq)).all()
    assert moments == sorted(moments)
    assert len(moments) == built.events
    assert moments[-1] < NOW


def test_nothing_waits_to_happen_by_itself(session: Session) -> None:
    assert session.scalars(sa.select(Timer.what).where(Timer.done_at.is_(None), Timer.due_at <= NOW)).all() == []
    unsent = session.scalars(
        sa.select(Message.created_at).where(Message.sent_at.is_(None), Message.dropped_at.is_(None))
    ).all()
    assert {(NOW - created_at).days for created_at in unsent} <= {0, 1, 2, 3}


def test_every_sealed_packet_is_printed_for_its_committee(session: Session, installation: Settings) -> None:
    printed = sa.select(PacketFile).join(Packet, Packet.id == PacketFile.packet_id)
    files = session.scalars(printed.where(PacketFile.view == "committee")).all()
    sealed = [case for case in CONTENT.cases if "sealed" in case.days]
    assert len(files) == len(sealed)
    for file in files:
        assert file.path is not None
        printed_bytes = (installation.files_dir / file.path).read_bytes()
        assert printed_bytes.startswith(b"%PDF")
        assert (file.size_bytes, file.digest) == (len(printed_bytes), sha256(printed_bytes).hexdigest())
        assert file.page_count is not None
        assert file.page_count >= 8


def test_words_cite_what_the_packet_prints(session: Session) -> None:
    for row in rows_by_content(session).values():
        answered = sa.select(Feedback.id).where(Feedback.case_id == row.id, Feedback.state.in_(("submitted", "frozen")))
        printed = {
            f"f:{key}": mark for key, mark in number_feedback(session.scalars(answered), row.shuffle_seed).items()
        }
        evidence = session.scalars(sa.select(Evidence).where(Evidence.case_id == row.id))
        printed |= {f"e:{each.id}": f"E{each.position}" for each in evidence}
        lines = sa.select(RatingLine).join(Rating, Rating.id == RatingLine.rating_id)
        for line in session.scalars(lines.where(Rating.case_id == row.id)):
            assert find_anchors(line.justification) == tuple(printed[key] for key in line.anchors)


def test_no_key_of_the_content_is_left_in_the_words(session: Session) -> None:
    words = [*session.scalars(sa.select(SelfReview.body)), *session.scalars(sa.select(Packet.content))]
    assert [each for each in words if "{E:" in each or "{F:" in each] == []


def test_a_delegate_rated_and_both_names_are_kept(session: Session) -> None:
    case = next(each for each in CONTENT.cases if each.delegation is not None)
    ids = dict(session.execute(sa.select(Person.external_id, Person.id)).all())
    final = sa.select(Rating.rater_id, Rating.on_behalf_of_id).where(
        Rating.case_id == rows_by_content(session)[case.key].id, Rating.round == "final"
    )
    assert case.final is not None
    assert case.final.for_whom is not None
    assert session.execute(final).all() == [(ids[case.final.by], ids[case.final.for_whom])]


def test_plans_are_agreed_by_those_who_have_agreed(session: Session) -> None:
    rows = rows_by_content(session)
    agreed = {}
    for plan in session.scalars(sa.select(GrowthPlan)):
        sides = {"candidate": plan.agreed_by_candidate_at, "manager": plan.agreed_by_manager_at}
        agreed[plan.case_id] = {side for side, at in sides.items() if at is not None}
    wanted = {rows[each.key].id: set(each.growth_plan.agreed_by) for each in CONTENT.cases if each.growth_plan}
    assert agreed == wanted


def test_lots_come_from_the_seed(session: Session) -> None:
    lots = Random(SEED)
    drawn = session.scalars(sa.select(Case.shuffle_seed).order_by(Case.id)).all()
    assert drawn == [lots.randrange(2**31) for _ in CONTENT.cases]


def test_the_rest_is_left_to_the_worker(engine: sa.Engine, built: Built) -> None:
    jobs = engine.get_execution_options()["jobs"]
    assert isinstance(jobs, InlineJobs)
    assert len(jobs.ready) == built.files_to_print
    assert built.files_to_print > 0


def test_the_cast_is_the_one_of_the_content(session: Session) -> None:
    shown = [(member.group, member.name, member.shows) for member in demo_cast(session)]
    assert shown == [
        (each.group, CONTENT.person(member.person).name, member.can_show)
        for each in CONTENT.cast
        for member in each.members
    ]


def test_everybody_of_the_cast_signs_in_and_sees_a_home_page(app: Flask, session: Session) -> None:
    cast = demo_cast(session)
    session.rollback()
    for member in cast:
        client = app.test_client()
        entered = client.post("/sign-in/demo", data={"person_id": member.person_id})
        assert (entered.status_code, entered.location) == (303, "/"), member.name
        assert client.get("/").status_code == 200, member.name


def test_earlier_rounds_and_example_profiles_are_there_to_look_at(session: Session) -> None:
    """Of two rounds and more something is counted; the manager of the pictures reads what five others gave."""
    people = dict(session.execute(sa.select(Person.external_id, Person.id)).all())
    number = session.scalars(sa.select(Cycle.id).order_by(Cycle.id)).first()
    assert number is not None
    partner = CONTENT.roles[GlobalRole.HR][0]
    facts = load_insight(session, number, Actor(people[partner], roles=frozenset({"hr"}))).facts
    assert (sum(each.n for each in facts.past), len(facts.spells)) == (88, 27)
    anselm = Actor(people["anselm.quispe"])
    page = load_example(session, "product-management", "strong-in-one", anselm)
    assert page.comparison is not None
    assert page.comparison.n == 5
    assert [row.rated_at is None for row in list_examples(session, anselm)] == [False, True, True]


def test_a_second_time_it_says_that_it_is_there(installation: Settings, built: Built) -> None:
    said = CliRunner().invoke(group, ["demo"], env={**environment(installation), "DEMO": "1"})
    how = f"Once it is served, sign in at {installation.public_url}/sign-in with a click on one of the cast."
    assert (said.exit_code, said.output) == (0, f"Winterlane is here already. {how}\n")


def test_without_the_demo_switch_nothing_is_filled_in(installation: Settings) -> None:
    said = CliRunner().invoke(group, ["demo"], env={**environment(installation), "DEMO": "0"})
    assert said.exit_code == 2
    assert "DEMO=1" in said.output


def test_other_people_are_not_mixed_with_the_demo(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "own.db")
    engine = make_engine(make_settings(f"sqlite:///{tmp_path / 'own.db'}", tmp_path))
    with Session(engine) as session:
        assert is_built(session, CONTENT) is False
        session.add(Person(external_id="somebody", name="Somebody"))
        session.flush()
        with pytest.raises(OtherPeople):
            is_built(session, CONTENT)
    engine.dispose()
