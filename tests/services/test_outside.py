"""Givers from outside: who may ask them, what is stored, what their links open and when they stop."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.config import Settings
from review.domain.access import Actor, Role
from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.outside import MOST_OUTSIDE, TooOften
from review.domain.packet_terms import GiverKind
from review.models import AuditEvent, Case, Feedback, Invite, InviteLink, Message, Person
from review.queries.asking import load_ask_page
from review.queries.directory import list_known_people
from review.queries.feedback import read_feedback
from review.queries.open_work import find_open_work
from review.queries.outside import find_open_link, load_invite_page
from review.queries.packet_content import gather_packet
from review.queries.people import find_people, find_person, find_person_named
from review.queries.standing import load_standing
from review.services.feedback import decide_request
from review.services.feedback_answers import AnswerDraft, move_own, save_answer
from review.services.feedback_chasing import extend, remind
from review.services.feedback_link_rate import MOST_WRITES
from review.services.feedback_outside import Invitation, change_link, invite_outsider, use_link
from review.services.invite_links import hash_token
from review.services.sweep import fire_due_timers
from review.services.transitions import fire
from tests.factories import Scene
from tests.outsider import CRITERIA, MIRA, collecting, find_links, invite, open_link, read_mails
from tests.rivals import let_second_come_late
from tests.trail import details_where


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    return collecting(session, scene, now)


@pytest.fixture
def token(session: Session, engine: Engine, scene: Scene, case: Case, settings: Settings, now: datetime) -> str:
    return open_link(session, engine, scene, case, settings, now).removeprefix("/outside/")


def faults(session: Session, scene: Scene, case: Case, now: datetime, given: Invitation, by: str = "ben") -> list[str]:
    with pytest.raises(Invalid) as refused:
        invite_outsider(session, case.id, given, actor=scene.actor(by), now=now)
    return [f"{fault.field}: {fault.what}" for fault in refused.value.faults]


def opens(session: Session, token: str, now: datetime) -> bool:
    return find_open_link(session, hash_token(token), now=now) is not None


def write_all(session: Session, token: str, now: datetime) -> None:
    link = use_link(session, token, now=now)
    for criterion in CRITERIA:
        draft = AnswerDraft("In spring", f"Seen in {criterion}", "We signed", "Annex B", 4)
        save_answer(session, link.case_id, link.feedback_id, criterion, draft, version=0, actor=link.actor, now=now)


def send(session: Session, token: str, now: datetime) -> None:
    link = use_link(session, token, now=now)
    move_own(session, link.case_id, link.feedback_id, "submit", actor=link.actor, now=now)


def happened(session: Session) -> list[tuple[str, int | None]]:
    statement = sa.select(AuditEvent.kind, AuditEvent.actor_id).where(AuditEvent.kind.startswith("outside."))
    return [tuple(row) for row in session.execute(statement.order_by(AuditEvent.seq))]


@pytest.mark.both_databases
def test_a_candidate_proposes_and_the_manager_approves(session, engine, scene, case, settings, now) -> None:
    row = invite(session, scene, case, "ben", now)
    person = session.get_one(Person, row.giver_id)
    kept = session.scalars(sa.select(Invite)).one()
    assert (row.state, row.function, row.kind, row.proposed_by_id) == ("proposed", "Outside", "peer", scene.id("ben"))
    assert (person.name, person.title, person.email, person.is_active) == ("Mira Voss", "Harbour Works", None, False)
    assert (kept.email, kept.worked_together) == ("mira@harbour.example", MIRA.worked_together)
    session.commit()
    assert find_links(read_mails(engine, settings, now)) == []
    decide_request(session, case.id, row.id, "approve", actor=scene.actor("greta"), now=now)
    session.commit()
    (link,) = find_links(read_mails(engine, settings, now))
    stored = session.scalars(sa.select(InviteLink.token_hash)).one()
    token = link.removeprefix("/outside/")
    assert stored == hash_token(token)
    assert len(stored) == 64
    assert token not in str(session.execute(sa.select(Message.params)).all())
    assert token not in str(details_where(session))


def test_silence_approves_somebody_from_outside_as_everybody(session, engine, scene, case, settings, now) -> None:
    row = invite(session, scene, case, "ben", now)
    later = now + timedelta(days=4)
    fire_due_timers(session, now=later, limit=100)
    session.refresh(row)
    assert row.state == "asked"
    session.commit()
    assert len(find_links(read_mails(engine, settings, later))) == 1


def test_every_fault_of_an_invitation_is_told(session, scene, case, now) -> None:
    bare = Invitation("", "", " \r\n", "", "x" * 501, ("juggling",), zone="Mars/Base", is_hidden_from_manager=True)
    assert faults(session, scene, case, now, bare) == [
        "name: Please fill this in",
        "email: Please fill this in",
        "organisation: Please fill this in",
        "worked_together: Please fill this in",
        "note: 1 character too many",
        "criteria: The target level asks nothing of this name",
        "zone: There is no such time zone",
        "is_hidden: Only HR may ask somebody without the manager",
    ]


@pytest.mark.parametrize(
    "address", ["mira", "a@b", "mira@x.example, eve@x.example", "a@b.example\r\nBcc: eve@x.example", "mïra@x.example"]
)
def test_what_is_no_address_gets_no_mail(session, scene, case, now, address) -> None:
    told = faults(session, scene, case, now, replace(MIRA, email=address))
    assert told == ["email: This is no e-mail address"]


def test_a_name_cannot_begin_a_header(session, engine, scene, case, settings, now) -> None:
    given = replace(MIRA, name="Mira\r\nBcc: eve@x.example\u202e\u200b <b>Voss</b>")
    invite(session, scene, case, "greta", now, given)
    (mail,) = [each for each in read_mails(engine, settings, now) if each["To"] == "mira@harbour.example"]
    assert mail["Bcc"] is None
    assert "Hello Mira Bcc: eve@x.example <b>Voss</b>," in mail.get_body(("plain",)).get_content()
    assert "<b>" not in mail.get_body(("html",)).get_content()


def test_people_who_work_here_are_asked_as_such_and_nobody_twice(session, scene, case, now) -> None:
    invite(session, scene, case, "ben", now)
    hidden = replace(MIRA, email="sven@quay.example", is_hidden_from_manager=True)
    invite(session, scene, case, "hanna", now, hidden)
    unseen = ["email: Cannot be asked in this case; choose somebody else"]
    assert faults(session, scene, case, now, replace(MIRA, email="ERIN@company.example")) == [
        "email: This person works here; find them by name instead"
    ]
    assert faults(session, scene, case, now, MIRA) == ["email: On the list already"]
    assert faults(session, scene, case, now, hidden, by="hanna") == ["email: On the list already"]
    assert faults(session, scene, case, now, replace(MIRA, email="sven@quay.example")) == unseen
    assert faults(session, scene, case, now, replace(MIRA, email="sven@quay.example"), by="greta") == unseen


def test_a_case_asks_only_a_few_from_outside(session, scene, case, now) -> None:
    for number in range(MOST_OUTSIDE):
        invite(session, scene, case, "ben", now, replace(MIRA, email=f"m{number}@x.example"))
    assert faults(session, scene, case, now, MIRA) == ["email: At most 5 people from outside in one case"]


def test_others_cannot_ask(session, scene, case, now) -> None:
    for key in ("erin", "vera", "ines", "abel"):
        with pytest.raises((NotFound, NotAllowed)):
            invite_outsider(session, case.id, MIRA, actor=scene.actor(key), now=now)


@pytest.mark.both_databases
def test_nobody_finds_them_in_the_company(session, scene, case, now) -> None:
    row = invite(session, scene, case, "greta", now)
    hanna = scene.actor("hanna")
    outsider = Actor(row.giver_id, "Mira Voss", is_external=True)
    assert find_people(session, hanna, words="Mira").rows == ()
    assert "Outside" not in find_people(session, hanna).functions
    assert find_person(session, hanna, row.giver_id) is None
    assert find_person_named(session, hanna, "Mira Voss") is None
    assert [each for each in list_known_people(session) if each.state.name == "Mira Voss"] == []
    assert [each for each in find_open_work(session, hanna) if each.person_name == "Mira Voss"] == []
    assert find_people(session, outsider).rows == ()
    assert find_person_named(session, outsider, "Erin Malik") is None


@pytest.mark.both_databases
def test_from_first_use_to_sent(session, engine, scene, case, token, now) -> None:
    link = find_open_link(session, hash_token(token), now=now)
    assert link is not None
    standing = load_standing(session, case.id, link.actor, now=now)
    assert standing.roles == {Role.EXTERNAL_GIVER}
    write_all(session, token, now)
    send(session, token, now)
    session.commit()
    mira = session.scalars(sa.select(Feedback.giver_id).join(Invite, Invite.feedback_id == Feedback.id)).one()
    greta = scene.id("greta")
    assert happened(session) == [("outside.invite", greta), ("outside.link", None), ("outside.open", mira)]
    assert not opens(session, token, now)
    with pytest.raises(NotFound):
        use_link(session, token, now=now)


@pytest.mark.both_databases
def test_sent_twice_at_once_one_wins_and_the_other_finds_the_link_used(session, case, token, settings, now) -> None:
    write_all(session, token, now)
    session.commit()
    send(session, token, now)
    told = let_second_come_late(session, settings, lambda own: send(own, token, now), "FOR NO KEY UPDATE")
    assert told == ""
    sent = sa.select(sa.func.count()).where(AuditEvent.kind == "feedback.submit")
    assert session.scalar(sent) == 1


def test_coverage_and_packet_name_the_organisation(session, scene, case, token, now) -> None:
    write_all(session, token, now)
    send(session, token, now)
    hanna = load_standing(session, case.id, scene.actor("hanna"), now=now)
    page = load_ask_page(session, hanna, words="", now=now)
    outside = [(each.people, each.is_required) for each in page.coverage.functions if each.function == "Outside"]
    assert outside == [(("Mira Voss",), False)]
    assert [str(row.signed) for row in read_feedback(session, hanna)] == ["Mira Voss, Harbour Works, Outside"]
    (one,) = gather_packet(session, hanna, company="Harbour", sealed_at=now).feedback
    assert one.giver is not None
    assert (one.giver.name, one.giver.function, one.giver.kind) == ("Mira Voss", "Harbour Works", GiverKind.EXTERNAL)


def test_a_link_ends_with_its_grace(session, token, now) -> None:
    due_at = session.scalars(sa.select(Feedback.due_at)).one()
    end = due_at + timedelta(days=14)
    assert opens(session, token, end)
    assert not opens(session, token, end + timedelta(seconds=1))


@pytest.mark.parametrize("how", ["cancel", "withdraw", "revoke"])
def test_a_link_ends_with_its_request(session, scene, case, token, now, how) -> None:
    row = session.scalars(sa.select(Feedback)).one()
    if how == "cancel":
        decide_request(session, case.id, row.id, "cancel", actor=scene.actor("greta"), now=now)
    elif how == "withdraw":
        fire(session, case.id, "withdraw", actor=scene.actor("ben"), now=now, note="Not now")
    else:
        change_link(session, case.id, row.id, "revoke", actor=scene.actor("greta"), now=now)
    assert not opens(session, token, now)
    with pytest.raises(NotFound):
        use_link(session, token, now=now)


def test_a_new_link_ends_the_old_one_and_keeps_the_words(session, engine, scene, case, token, settings, now) -> None:
    write_all(session, token, now)
    row = session.scalars(sa.select(Feedback)).one()
    hanna = scene.actor("hanna")
    change_link(session, case.id, row.id, "revoke", actor=hanna, now=now)
    session.commit()
    assert find_links(read_mails(engine, settings, now))[1:] == []
    change_link(session, case.id, row.id, "renew", actor=hanna, now=now)
    session.commit()
    _, fresh = find_links(read_mails(engine, settings, now))
    assert not opens(session, token, now)
    send(session, fresh.removeprefix("/outside/"), now)
    session.refresh(row)
    assert row.state == "submitted"
    assert [kind for kind, _ in happened(session)][-3:] == ["outside.revoke", "outside.renew", "outside.link"]


def test_only_manager_and_hr_change_a_link(session, scene, case, token, now) -> None:
    row = session.scalars(sa.select(Feedback)).one()
    for key, error in (("ben", NotFound), ("erin", NotFound), ("ines", NotFound)):
        with pytest.raises(error):
            change_link(session, case.id, row.id, "revoke", actor=scene.actor(key), now=now)
    mine = invite(session, scene, case, "ben", now, replace(MIRA, email="sven@quay.example"))
    with pytest.raises(NotAllowed):
        change_link(session, case.id, mine.id, "revoke", actor=scene.actor("ben"), now=now)
    with pytest.raises(TransitionRefused):
        change_link(session, case.id, mine.id, "renew", actor=scene.actor("greta"), now=now)
    shown = load_invite_page(session, load_standing(session, case.id, scene.actor("ben"), now=now)).rows
    assert [(each.email, each.can_revoke, each.can_renew) for each in shown] == [("sven@quay.example", False, False)]


def test_a_managers_view_of_the_link_is_the_same_before_and_after_sending(session, scene, case, token, now) -> None:
    def seen(key: str) -> list[object]:
        return list(load_invite_page(session, load_standing(session, case.id, scene.actor(key), now=now)).rows)

    row = session.scalars(sa.select(Feedback)).one()
    asked = seen("greta")
    link = use_link(session, token, now=now)
    move_own(session, case.id, row.id, "accept", actor=link.actor, now=now)
    write_all(session, token, now)
    writing, by_hr = seen("greta"), seen("hanna")
    with pytest.raises(TransitionRefused) as before:
        change_link(session, case.id, row.id, "revoke", actor=scene.actor("greta"), now=now)
    send(session, token, now)
    with pytest.raises(TransitionRefused) as after:
        change_link(session, case.id, row.id, "revoke", actor=scene.actor("greta"), now=now)
    assert seen("greta") == writing != asked
    assert seen("hanna") != by_hr
    assert str(before.value) == str(after.value)


def test_a_reminder_has_a_link_of_its_own_whose_first_use_ends_the_older(
    session, engine, scene, case, token, settings, now
) -> None:
    later = now + timedelta(days=9)
    fire_due_timers(session, now=later, limit=100)
    session.commit()
    later += timedelta(days=1)
    links = find_links(read_mails(engine, settings, later))
    first, second = (link.removeprefix("/outside/") for link in links)
    assert [opens(session, each, later) for each in (first, second)] == [True, True]
    use_link(session, first, now=later)
    assert [opens(session, each, later) for each in (first, second)] == [True, True]
    use_link(session, second, now=later)
    assert [opens(session, each, later) for each in (first, second)] == [False, True]
    with pytest.raises(NotFound):
        use_link(session, first, now=later)


def test_a_mail_makes_one_link_and_says_one_thing(session, engine, scene, case, token, settings, now) -> None:
    row = session.scalars(sa.select(Feedback)).one()
    tomorrow = now + timedelta(days=1)
    remind(session, case.id, row.id, actor=scene.actor("hanna"), now=now)
    extend(session, case.id, row.id, date(2026, 12, 4), actor=scene.actor("hanna"), now=now)
    session.commit()
    *_, mail = [each for each in read_mails(engine, settings, tomorrow) if each["To"] == "mira@harbour.example"]
    assert mail["Subject"] == "You have more time for your feedback"
    words = mail.get_body(("plain",)).get_content()
    assert re.findall(r"https?://\S+", words) == [f"http://localhost{find_links([mail])[0]}"]
    assert session.scalar(sa.select(sa.func.count()).select_from(InviteLink)) == 2


def test_a_day_in_a_mail_is_that_of_the_readers_zone(session, engine, scene, case, settings, now) -> None:
    invite(session, scene, case, "greta", now, replace(MIRA, zone="Pacific/Auckland"))
    (mail,) = [each for each in read_mails(engine, settings, now) if each["To"] == "mira@harbour.example"]
    assert "Please answer by Tuesday 24 November." in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize("how", ["cancel", "withdraw"])
def test_they_are_told_that_they_need_not_write(session, engine, scene, case, token, settings, now, how) -> None:
    row = session.scalars(sa.select(Feedback)).one()
    if how == "cancel":
        decide_request(session, case.id, row.id, "cancel", actor=scene.actor("greta"), now=now)
    else:
        fire(session, case.id, "withdraw", actor=scene.actor("ben"), now=now, note="Not now")
    session.commit()
    read = read_mails(engine, settings, now + timedelta(days=1))
    *_, mail = [each for each in read if each["To"] == "mira@harbour.example"]
    assert mail["Subject"] == "A request for your feedback is taken back"
    assert "http" not in mail.get_body(("plain",)).get_content()
    assert "Ben" not in str(mail)


@pytest.mark.parametrize("how", ["revoked", "never mailed"])
def test_who_never_heard_or_has_no_good_address_is_told_nothing(
    session, engine, scene, case, settings, now, how
) -> None:
    row = invite(session, scene, case, "greta", now)
    if how == "revoked":
        read_mails(engine, settings, now)
        change_link(session, case.id, row.id, "revoke", actor=scene.actor("greta"), now=now)
    decide_request(session, case.id, row.id, "cancel", actor=scene.actor("greta"), now=now)
    session.commit()
    read = [each for each in read_mails(engine, settings, now + timedelta(days=1)) if "mira" in each["To"]]
    assert [each["Subject"] for each in read] == (["Your feedback is asked for"] if how == "revoked" else [])


def test_a_link_is_used_as_often_as_somebody_writes(session, token, now) -> None:
    for _ in range(MOST_WRITES):
        use_link(session, token, now=now)
    with pytest.raises(TooOften):
        use_link(session, token, now=now)
    assert use_link(session, token, now=now + timedelta(minutes=1)).feedback_id
