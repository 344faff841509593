"""Taking over a make-up of committees: all of it with its trail, or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from string import ascii_uppercase

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.make_up import Part, Place
from review.domain.make_up_cases import propose_make_up
from review.models import AuditEvent, Case, Committee, CommitteeMember, Conflict, Person
from review.queries.make_up import Asked, find_people_named, load_make_up, name_committees
from review.services.audit import find_break
from review.services.committees_make_up import Chosen, TakenOver, take_over_make_up
from tests.committee_room import sealed_room
from tests.factories import Scene, open_case_of, open_scene
from tests.trail import detail_of

SECOND = ("sam", "tomas", "petra", "lena", "dev")
ORDER = {"chair": 0, "deputy": 1, "member": 2}


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    scene = open_scene(session, now)
    for key, level in (("iris", "staff-pm"), ("ben", "senior-pm"), ("cora", "senior-pm"), ("pavel", "principal-pm")):
        open_case_of(session, scene, key, level, now).committee_id = None
    session.commit()
    return scene


def asked(scene: Scene, **more: int) -> Asked:
    return Asked(2, 5, people=tuple(scene.id(key) for key in SECOND), **more)


def as_proposed(session: Session, scene: Scene, wish: Asked, key: str = "hanna") -> Chosen:
    made = load_make_up(session, scene.cycle_id, wish, scene.actor(key))
    proposal = propose_make_up(made.situation)
    return Chosen(
        tuple(Place(each.committee, each.person_id, each.part) for each in proposal.places),
        {each.case_id: each.committee for each in proposal.cases},
        {},
        made.seen,
    )


def take_over(
    session: Session, scene: Scene, chosen: Chosen, now: datetime, key: str = "hanna", wish: Asked | None = None
) -> TakenOver:
    return take_over_make_up(session, scene.cycle_id, wish or asked(scene), chosen, actor=scene.actor(key), now=now)


def homes(session: Session) -> list[int | None]:
    return list(session.scalars(sa.select(Case.committee_id).order_by(Case.id)))


def kinds(session: Session) -> list[str]:
    return list(session.scalars(sa.select(AuditEvent.kind).where(AuditEvent.seq > 0).order_by(AuditEvent.seq)))


@pytest.mark.both_databases
def test_a_proposal_is_taken_over_whole(session: Session, scene: Scene, now: datetime) -> None:
    wish, before = asked(scene), len(kinds(session))
    load_make_up(session, scene.cycle_id, wish, scene.actor("hanna"))
    assert (len(kinds(session)), session.scalar(sa.select(sa.func.count(Committee.id)))) == (before, 1)
    done = take_over(session, scene, as_proposed(session, scene, wish), now)
    session.commit()
    assert done == TakenOver(members=5, cases=4)
    second = session.scalars(sa.select(Committee).order_by(Committee.id.desc())).first()
    assert second is not None
    assert second.name == "Committee B"
    rows = session.scalars(sa.select(CommitteeMember).where(CommitteeMember.committee_id == second.id)).all()
    assert sorted((row.role for row in rows), key=ORDER.__getitem__) == ["chair", "deputy", *["member"] * 3]
    assert {row.person_id for row in rows} == {scene.id(key) for key in SECOND}
    assert sorted(filter(None, homes(session))) == [scene.committee_id] * 2 + [second.id] * 2
    assert kinds(session)[before:] == [
        "committee.create", *["committee.set_member"] * 5, *["case.assign_committee"] * 4, "committee.make_up",
    ]  # fmt: skip
    last = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert last is not None
    assert detail_of(session, last) == {"seed": scene.cycle_id, "size": 5, "most": 3, "members": 5, "cases": 4}
    assert find_break(session) is None


@pytest.mark.both_databases
def test_what_changes_meanwhile_is_not_overwritten(session: Session, scene: Scene, now: datetime) -> None:
    chosen = as_proposed(session, scene, asked(scene))
    case = session.scalars(sa.select(Case).order_by(Case.id)).first()
    assert case is not None
    session.add(
        Conflict(
            case_id=case.id, person_id=scene.id("omar"), kind="other", reason="x",
            declared_by_id=scene.id("omar"), declared_at=now,
        )
    )  # fmt: skip
    session.commit()
    with pytest.raises(TransitionRefused, match="have changed since"):
        take_over(session, scene, chosen, now)
    session.rollback()
    assert homes(session) == [None] * 4


def test_a_change_by_hand_is_marked_in_the_trail(session: Session, scene: Scene, now: datetime) -> None:
    chosen = as_proposed(session, scene, asked(scene))
    one, other = sorted(chosen.cases)[:2]
    take_over(session, scene, replace(chosen, cases={**chosen.cases, one: None}, names={-2: " Second panel "}), now)
    assert session.get_one(Case, one).committee_id is None
    rows = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "case.assign_committee")).all()
    assert {row.case_id for row in rows} == set(chosen.cases) - {one}
    assert all(detail_of(session, row)["by_hand"] is False for row in rows)
    again = as_proposed(session, scene, asked(scene))
    here = session.get_one(Case, other).committee_id
    elsewhere = next(number for number in set(again.cases.values()) if number not in (here, None))
    take_over(session, scene, replace(again, cases={**again.cases, other: elsewhere}), now)
    last = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.case_id == other).order_by(AuditEvent.seq.desc())
    ).first()
    assert last is not None
    assert detail_of(session, last) == {"before": here, "after": elsewhere, "by_hand": True}
    assert "Second panel" in session.scalars(sa.select(Committee.name)).all()


def test_what_breaks_the_rules_is_refused_and_nothing_is_written(session: Session, scene: Scene, now: datetime) -> None:
    chosen, before = as_proposed(session, scene, asked(scene)), kinds(session)
    two_chairs = (*chosen.places, Place(scene.committee_id, scene.id("erin"), Part.CHAIR))
    with pytest.raises(Invalid):
        take_over(session, scene, replace(chosen, places=two_chairs), now)
    session.rollback()
    few = tuple(each for each in chosen.places if each.part is Part.CHAIR)
    with pytest.raises(Invalid, match="who may vote, 3 are needed"):
        take_over(session, scene, replace(chosen, places=few), now)
    session.rollback()
    assert (kinds(session), homes(session)) == (before, [None] * 4)


@pytest.mark.parametrize("key", ["clara", "greta", "ines", "abel"])
def test_only_hr_makes_committees_up(session: Session, scene: Scene, now: datetime, key: str) -> None:
    with pytest.raises(NotFound):
        load_make_up(session, scene.cycle_id, Asked(), scene.actor(key))
    with pytest.raises(NotAllowed):
        take_over(session, scene, Chosen((), {}, {}, ""), now, key)


def test_an_hr_partners_own_cases_tell_nothing(session: Session, scene: Scene, now: datetime) -> None:
    case = session.scalars(sa.select(Case).order_by(Case.id)).first()
    assert case is not None
    other = {"kind": "other", "reason": "x", "declared_at": now}
    session.add(Conflict(case_id=case.id, person_id=scene.id("hugo"), declared_by_id=scene.id("hugo"), **other))
    session.commit()
    wish = Asked(1, 5, people=(case.candidate_id,))
    hers = load_make_up(session, scene.cycle_id, wish, scene.actor("hanna"))
    his = load_make_up(session, scene.cycle_id, wish, scene.actor("hugo"))
    assert case.id in hers.labels
    assert case.id not in his.labels
    assert ([str(each) for each in his.notes], len(hers.notes)) == ([], 1)
    assert case.candidate_id in his.situation.sitters
    assert case.candidate_id not in hers.situation.sitters
    done = take_over(session, scene, as_proposed(session, scene, wish, "hugo"), now, "hugo", wish)
    assert (done.cases, session.get_one(Case, case.id).committee_id) == (3, None)


def test_after_a_leaver_the_deputy_chairs_and_one_comes_in(session: Session, scene: Scene, now: datetime) -> None:
    take_over(session, scene, as_proposed(session, scene, asked(scene)), now)
    before = homes(session)
    session.get_one(Person, scene.id("clara")).is_active = False
    session.commit()
    wish = Asked(2, 5, people=(scene.id("erin"),))
    done = take_over(session, scene, as_proposed(session, scene, wish), now, wish=wish)
    assert (done.cases, homes(session)) == (0, before)
    rows = session.scalars(sa.select(CommitteeMember).where(CommitteeMember.committee_id == scene.committee_id)).all()
    roles = {row.person_id: row.role for row in rows}
    assert scene.id("clara") not in roles
    assert (roles[scene.id("omar")], roles[scene.id("erin")]) == ("chair", "member")
    assert sorted(roles.values(), key=ORDER.__getitem__) == ["chair", "deputy", *["member"] * 3]


def test_who_sits_on_a_sealed_case_stays(session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    wish = Asked(1, 5)
    made = load_make_up(session, room.scene.cycle_id, wish, room.actor("hanna"))
    assert {each.is_held for each in made.situation.places} == {True}
    chosen = Chosen(tuple(made.situation.places[:4]), {}, {}, made.seen)
    with pytest.raises(Invalid, match="holds a seat on a running case"):
        take_over(session, room.scene, chosen, now, wish=wish)


def test_people_are_found_by_name_or_mail(session: Session, scene: Scene) -> None:
    lines = ["Sam Tran", " TOMAS@company.example ", "", "Nobody Here", "Sam Tran"]
    assert find_people_named(session, lines) == ((scene.id("sam"), scene.id("tomas")), ("Nobody Here",))
    assert find_people_named(session, ["Xenia Rolf"]) == ((), ("Xenia Rolf",))


def test_new_committees_take_the_next_letters() -> None:
    standing = [(4, "Committee A"), (9, "Design panel"), (12, "Committee C")]
    assert name_committees(standing, 5) == {**dict(standing), -4: "Committee B", -5: "Committee D"}
    many = {number: f"Committee {letter}" for number, letter in enumerate(ascii_uppercase, 1)} | {27: "Panel 28"}
    assert name_committees(many.items(), 29) == {**many, -28: "Committee 27", -29: "Committee 29"}


def test_who_comes_to_judge_below_a_target_is_taken_over_with_a_reason(
    session: Session, scene: Scene, now: datetime
) -> None:
    take_over(session, scene, as_proposed(session, scene, asked(scene)), now)
    case = session.scalars(sa.select(Case).where(Case.to_level_id == "principal-pm")).one()
    session.commit()
    wish = Asked(2, 5, people=(scene.id("finn"),))
    chosen = as_proposed(session, scene, wish)
    home = chosen.cases[case.id]
    assert home is not None
    below = replace(chosen, places=(*chosen.places, Place(home, scene.id("finn"), Part.MEMBER)))
    before = kinds(session)
    for why in ("", "because"):
        with pytest.raises(Invalid, match=r"Below the target level of .*Finn Berg") as refused:
            take_over(session, scene, replace(below, why=why), now, wish=wish)
        assert {fault.field for fault in refused.value.faults} == {"why_below"}
        session.rollback()
    assert kinds(session) == before
    assert take_over(session, scene, replace(below, why="view"), now, wish=wish).members == 1
    kept = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "committee.place_below")).one()
    count = sum(number == home for number in chosen.cases.values())
    assert (kept.subject_id, kept.case_id, detail_of(session, kept)) == (
        home, None, {"person": scene.id("finn"), "count": count, "why": "view"},
    )  # fmt: skip
    session.commit()
    # who judges it already needs no reason
    take_over(session, scene, as_proposed(session, scene, wish), now, wish=wish)


def test_a_case_that_comes_to_who_stands_below_is_given_with_a_reason(
    session: Session, scene: Scene, now: datetime
) -> None:
    wish = Asked(2, 5, people=(*asked(scene).people, scene.id("finn")))
    chosen = as_proposed(session, scene, wish)
    case = session.scalars(sa.select(Case).where(Case.to_level_id == "principal-pm")).one()
    home = next(each.committee for each in chosen.places if each.committee == scene.committee_id)
    places = tuple(each for each in chosen.places if each.person_id != scene.id("finn"))
    below = replace(
        chosen,
        places=(*places, Place(home, scene.id("finn"), Part.MEMBER)),
        cases={**dict.fromkeys(chosen.cases), case.id: home},
    )
    with pytest.raises(Invalid, match="Below the target level"):
        take_over(session, scene, below, now, wish=wish)
    session.rollback()
    take_over(session, scene, replace(below, why="few"), now, wish=wish)
    given = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "committee.give_below")).one()
    assert (given.case_id, detail_of(session, given)) == (
        case.id, {"committee": home, "people": [scene.id("finn")], "why": "few"},
    )  # fmt: skip
