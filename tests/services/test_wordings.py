"""Changed words: a mail's at once, the letter's by a second person; two editors, versions, and what goes out."""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.jobs import JOBS
from review.adapters.mail import make_mailer
from review.adapters.mail_text import Line, write_digest, write_mail
from review.config import Settings
from review.domain.errors import Conflict, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.letter_sheet import read_letter
from review.domain.wording_frame import FRAME
from review.domain.wording_list import PIECES, words_of
from review.models import AuditEvent, Message, Wording, WordingVersion
from review.queries.mail import MailSubject
from review.queries.wordings import list_pieces, list_versions, load_changed
from review.rehearsal.company import build_company
from review.rehearsal.draft import parse_draft, read_draft, write_draft
from review.rehearsal.place import Place, open_engine
from review.services.cycles import create_cycle
from review.services.letters import draft_letter, mark_ready, save_letter
from review.services.messages import enqueue_message
from review.services.wordings import (
    discard_words,
    publish_words,
    reset_words,
    restore_words,
    save_words,
    send_words_test,
)
from review.worker import Outcome, send_due
from tests.after_decision import decided_room, letter_of
from tests.conftest import Statements
from tests.factories import Scene, next_plan, open_case_of
from tests.rivals import let_second_come_late
from tests.trail import details_where

PIECE, PART = "data_ready", "letter_decision"
SHIPPED = words_of(PIECES[PIECE], {})
LETTER = words_of(PIECES[PART], {})
MINE = {**SHIPPED, "subject": "Your file is there", "body": "Take it, {{reader}}."}
GREETING = {**LETTER, "greeting": "Hello {{candidate}}!", "subject_promote": "Well done: {{level}}"}


def mails(settings: Settings) -> list[EmailMessage]:
    folder = Path(settings.mail.removeprefix("file:"))
    found = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in folder.glob("*.eml")]
    return [mail for mail in found if isinstance(mail, EmailMessage)]


def said(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.mark.both_databases
def test_a_mail_is_changed_at_once_and_every_version_is_kept(session: Session, scene: Scene, now: datetime) -> None:
    hanna, hugo, later = scene.actor("hanna"), scene.actor("hugo"), now + timedelta(hours=1)
    assert save_words(session, PIECE, MINE, version=0, actor=hanna, now=now) == 1
    assert load_changed(session) == {PIECE: MINE}
    assert save_words(session, PIECE, MINE, version=1, actor=hugo, now=later) == 1
    other = {**MINE, "heading": "Here it is"}
    assert save_words(session, PIECE, other, version=1, actor=hugo, now=later) == 2
    assert reset_words(session, PIECE, version=2, actor=hanna, now=later) == 3
    assert load_changed(session) == {}
    assert restore_words(session, PIECE, 1, version=3, actor=hugo, now=later) == 4
    assert load_changed(session) == {PIECE: MINE}
    rows = [
        (row.number, row.saved_by, row.published_by, row.is_shipped) for row in list_versions(session, PIECES[PIECE])
    ]
    assert rows == [
        (4, "Hugo Brandt", "Hugo Brandt", False),
        (3, "Hanna Ruiz", "Hanna Ruiz", True),
        (2, "Hugo Brandt", "Hugo Brandt", False),
        (1, "Hanna Ruiz", "Hanna Ruiz", False),
    ]
    told = session.execute(sa.select(AuditEvent.kind).where(AuditEvent.kind.like("words.%")).order_by(AuditEvent.seq))
    assert told.scalars().all() == ["words.change", "words.change", "words.reset", "words.change"]
    assert details_where(session, AuditEvent.kind == "words.reset") == [{"piece": PIECE, "number": 3}]


def test_the_shipped_words_are_kept_as_such(session: Session, scene: Scene, now: datetime) -> None:
    hanna = scene.actor("hanna")
    assert save_words(session, PIECE, SHIPPED, version=0, actor=hanna, now=now) == 0
    save_words(session, PIECE, MINE, version=0, actor=hanna, now=now)
    save_words(session, PIECE, SHIPPED, version=1, actor=hanna, now=now)
    assert session.scalars(sa.select(Wording.words)).all() == [{}]


def test_whoever_saves_second_sees_both(session: Session, scene: Scene, now: datetime) -> None:
    save_words(session, PIECE, MINE, version=0, actor=scene.actor("hanna"), now=now)
    other = {**SHIPPED, "body": "Come and get it."}
    with pytest.raises(Conflict) as conflict:
        save_words(session, PIECE, other, version=0, actor=scene.actor("hugo"), now=now)
    found = conflict.value
    assert (found.version, found.saved_by) == (1, "Hanna Ruiz")
    assert found.theirs == {"subject": MINE["subject"], "body": MINE["body"]}
    assert found.mine == {"subject": SHIPPED["subject"], "body": "Come and get it."}
    for press in (reset_words, lambda *about, **more: restore_words(*about, 1, **more)):
        with pytest.raises(TransitionRefused):
            press(session, PIECE, version=0, actor=scene.actor("hugo"), now=now)
    assert load_changed(session) == {PIECE: MINE}


@pytest.mark.both_databases
def test_two_who_save_at_the_same_moment(session: Session, scene: Scene, settings: Settings, now: datetime) -> None:
    hanna, hugo = scene.actor("hanna"), scene.actor("hugo")
    save_words(session, PIECE, MINE, version=0, actor=hanna, now=now)

    def save(own: Session) -> object:
        return save_words(own, PIECE, {**MINE, "button": "Take it"}, version=0, actor=hugo, now=now)

    told = let_second_come_late(session, settings, save, "INSERT INTO wording")
    assert (told, load_changed(session)) == ("version 1 was saved in the meantime", {PIECE: MINE})


@pytest.mark.parametrize("key", ["iris", "greta", "ines", "abel", "otto"])
def test_nobody_but_hr_changes_words(session: Session, scene: Scene, now: datetime, key: str) -> None:
    actor = scene.actor(key)
    for change in (
        lambda: save_words(session, PIECE, MINE, version=0, actor=actor, now=now),
        lambda: reset_words(session, PIECE, version=0, actor=actor, now=now),
        lambda: restore_words(session, PIECE, 1, version=0, actor=actor, now=now),
        lambda: publish_words(session, PART, 1, actor=actor, now=now),
        lambda: discard_words(session, PART, 1, "No", actor=actor, now=now),
        lambda: send_words_test(session, PIECE, actor=actor, now=now),
    ):
        with pytest.raises(NotAllowed):
            change()
    assert session.scalars(sa.select(Wording.piece)).all() == []


def test_bad_words_are_refused_before_anything_is_kept(session: Session, scene: Scene, now: datetime) -> None:
    bad = {"subject": "Hi\nBcc: x", "heading": "{{vote}}", "body": "{{reader", "button": ""}
    with pytest.raises(Invalid) as refused:
        save_words(session, PIECE, bad, version=0, actor=scene.actor("hanna"), now=now)
    places = [(fault.field, fault.line, fault.column) for fault in refused.value.faults]
    assert places == [("subject", 1, 3), ("heading", 1, 1), ("body", 1, 1), ("button", 1, 1)]
    with pytest.raises(NotFound):
        save_words(session, "no_such_mail", MINE, version=0, actor=scene.actor("hanna"), now=now)
    assert session.scalars(sa.select(WordingVersion.id)).all() == []


@pytest.mark.both_databases
def test_the_letters_words_need_a_second_person(session: Session, scene: Scene, now: datetime) -> None:
    hanna, hugo = scene.actor("hanna"), scene.actor("hugo")
    assert save_words(session, PART, GREETING, version=0, actor=hanna, now=now) == 1
    assert load_changed(session) == {}
    with pytest.raises(NotAllowed):
        publish_words(session, PART, 1, actor=hanna, now=now)
    other = {**GREETING, "greeting": "Good day, {{candidate}},"}
    assert save_words(session, PART, other, version=1, actor=hanna, now=now) == 2
    with pytest.raises(TransitionRefused):
        publish_words(session, PART, 1, actor=hugo, now=now)
    publish_words(session, PART, 2, actor=hugo, now=now)
    assert load_changed(session) == {PART: other}
    assert reset_words(session, PART, version=2, actor=hugo, now=now) == 3
    discard_words(session, PART, 3, "", actor=hugo, now=now)
    assert load_changed(session) == {PART: other}
    with pytest.raises(TransitionRefused):
        publish_words(session, PART, 3, actor=hanna, now=now)


def test_a_letter_says_what_was_in_force_and_one_that_is_ready_stays(session: Session, now: datetime) -> None:
    room = decided_room(session, now)
    hanna, hugo, later = room.actor("hanna"), room.actor("hugo"), now + timedelta(hours=1)
    first = draft_letter(session, room.case_id, version=0, actor=hanna, now=now)
    assert first.body.startswith("Dear Iris Vance,\n\n")
    save_words(session, PART, GREETING, version=0, actor=hanna, now=now)
    assert draft_letter(session, room.case_id, version=1, actor=hanna, now=now).body.startswith("Dear Iris Vance,")
    mark_ready(session, room.case_id, version=letter_of(room).version, actor=hanna, now=now)
    kept = letter_of(room).body
    publish_words(session, PART, 1, actor=hugo, now=later)
    assert letter_of(room).body == kept
    with pytest.raises(TransitionRefused):
        draft_letter(session, room.case_id, version=letter_of(room).version, actor=hanna, now=later)
    letter_of(room).released_at = later
    session.flush()
    printed = read_letter(JOBS["render_letter"].read(session, letter_of(room).id)["content"].encode())
    assert (printed.subject, printed.body) == ("Your promotion to Staff PM", kept)
    letter_of(room).ready_at = later
    session.flush()
    later_on = read_letter(JOBS["render_letter"].read(session, letter_of(room).id)["content"].encode())
    assert later_on.subject == "Well done: Staff PM"


def test_a_fresh_draft_has_the_published_words_around_the_record(session: Session, now: datetime) -> None:
    room = decided_room(session, now)
    hanna = room.actor("hanna")
    save_words(session, PART, GREETING, version=0, actor=hanna, now=now)
    publish_words(session, PART, 1, actor=room.actor("hugo"), now=now)
    letter = draft_letter(session, room.case_id, version=0, actor=hanna, now=now)
    opening, told = letter.body.split("\n\n")[:2]
    assert opening == "Hello Iris Vance!"
    assert told.startswith("the committee has decided to promote you to **Staff PM**.")
    assert save_letter(session, room.case_id, "Mine", version=letter.version, actor=hanna, now=now) == letter.version


def test_a_mail_has_the_words_of_when_it_goes_out(
    session: Session, engine: Engine, scene: Scene, settings: Settings, now: datetime
) -> None:
    enqueue_message(session, key="a", to_person_id=scene.id("iris"), template=PIECE, case_id=None, now=now)
    session.commit()
    bold = {**MINE, "heading": "<script>alert(1)</script>", "button": "{ take & go }"}
    save_words(session, PIECE, bold, version=0, actor=scene.actor("hanna"), now=now)
    session.commit()
    assert send_due(engine, make_mailer(settings), settings, now=now) == {Outcome.SENT: 1}
    [mail] = mails(settings)
    page = mail.get_body(("html",))
    assert page is not None
    assert mail["Subject"] == "Your file is there"
    assert said(mail).split("\n\n")[1:3] == ["Take it, Iris Vance.", f"{{ take & go }}:  {settings.public_url}/"]
    assert "<h1" in page.get_content()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.get_content()
    assert "<script>" not in page.get_content()


def test_the_words_are_read_once_for_the_mails_that_go_out_together(
    session: Session, engine: Engine, scene: Scene, settings: Settings, now: datetime, statements: Statements
) -> None:
    for key in ("iris", "ben", "cora"):
        enqueue_message(session, key=key, to_person_id=scene.id(key), template=PIECE, case_id=None, now=now)
    session.commit()
    with statements() as issued:
        assert send_due(engine, make_mailer(settings), settings, now=now) == {Outcome.SENT: 3}
    assert sum("FROM wording" in statement for statement in issued) == 1


def test_a_digest_says_the_changed_words(
    session: Session, engine: Engine, scene: Scene, settings: Settings, now: datetime
) -> None:
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    session.execute(sa.delete(Message))
    for template in ("overdue", "case_handed_over"):
        values = {"to_person_id": scene.id("greta"), "template": template, "case_id": case.id, "now": now}
        enqueue_message(session, key=template, **values)
    words = {**words_of(PIECES["overdue"], {}), "heading": "It is your turn", "body": "{{Case}}: {{code}}, {{cycle}}."}
    save_words(session, "overdue", words, version=0, actor=scene.actor("hanna"), now=now)
    session.commit()
    sent = send_due(engine, make_mailer(settings), settings, now=now + timedelta(days=1))
    assert sent == {Outcome.SENT: 1}
    [mail] = mails(settings)
    assert mail["Subject"] == "2 things for you to see"
    lines = said(mail).splitlines()
    start = lines.index("* It is your turn")
    assert lines[start + 1] == f"  The case of Iris Vance: {case.code}, Autumn 2026."
    assert "* A case goes on with another manager" in lines


@pytest.mark.parametrize(
    ("piece", "line"),
    [
        ("outside_asked", "Dualtrack. You get this mail because somebody there asked for your feedback."),
        ("notify_giver", "Dualtrack. This mail names no ratings, votes or decisions; they stay behind your sign-in."),
    ],
)
def test_a_test_mail_has_the_line_below_of_those_who_get_it(
    session: Session, engine: Engine, scene: Scene, settings: Settings, now: datetime, piece: str, line: str
) -> None:
    send_words_test(session, piece, actor=scene.actor("hanna"), now=now)
    session.commit()
    assert send_due(engine, make_mailer(settings), settings, now=now) == {Outcome.SENT: 1}
    [mail] = mails(settings)
    assert " ".join(said(mail).rpartition("--\n")[2].split()) == line


def test_a_test_mail_goes_to_whoever_asks_with_made_up_values(
    session: Session, engine: Engine, scene: Scene, settings: Settings, now: datetime
) -> None:
    words = {**words_of(PIECES["please_read"], {}), "body": "{{case}}[[ by {{due}}]], {{reader}}"}
    save_words(session, "please_read", words, version=0, actor=scene.actor("hanna"), now=now)
    address = send_words_test(session, "please_read", actor=scene.actor("hanna"), now=now)
    session.commit()
    assert send_due(engine, make_mailer(settings), settings, now=now) == {Outcome.SENT: 1}
    [mail] = mails(settings)
    assert (mail["To"], mail["Subject"]) == (address, "Test: A packet waits to be read")
    assert said(mail).split("\n\n")[1:3] == [
        "the case of Ines Okafor by Friday 13 November, Hanna Ruiz",
        f"Read the packet:  {settings.public_url}/words/please_read",
    ]
    with pytest.raises(NotFound):
        send_words_test(session, PART, actor=scene.actor("hanna"), now=now)


def test_an_upgrade_that_changes_shipped_words_is_told_and_unfit_words_are_not_said(
    session: Session, scene: Scene, now: datetime
) -> None:
    save_words(session, PIECE, MINE, version=0, actor=scene.actor("hanna"), now=now)
    assert [row.piece.id for row in list_pieces(session) if row.is_changed or row.is_behind] == [PIECE]
    session.execute(sa.update(WordingVersion).values(shipped_digest="older"))
    stands = [(row.piece.id, row.is_unfit) for row in list_pieces(session) if row.is_behind]
    assert stands == [(PIECE, False)]
    assert save_words(session, PIECE, MINE, version=1, actor=scene.actor("hanna"), now=now) == 2
    assert [row for row in list_pieces(session) if row.is_behind] == []
    session.execute(sa.update(Wording).values(words={**MINE, "body": "{{gone}}"}))
    assert load_changed(session) == {}
    assert [(row.piece.id, row.words) for row in list_pieces(session) if row.is_unfit] == [(PIECE, SHIPPED)]


def test_a_rehearsal_says_the_words_of_the_installation(
    session: Session, scene: Scene, now: datetime, tmp_path: Path
) -> None:
    hanna, words = scene.actor("hanna"), {**words_of(PIECES["overdue"], {}), "heading": "It is your turn, {{reader}}"}
    save_words(session, "overdue", words, version=0, actor=hanna, now=now)
    cycle_id = create_cycle(session, next_plan(session, scene), actor=hanna, now=now).id
    place = Place(tmp_path / "rehearsal")
    build_company(place, parse_draft(write_draft(read_draft(session, cycle_id))), now=now, seed=1)
    with open_engine(place) as engine, Session(engine) as within:
        assert load_changed(within) == {"overdue": words}
        assert [row.piece.id for row in list_pieces(within) if row.is_changed and not row.is_behind] == ["overdue"]


FRAMED = {
    **words_of(FRAME, {}),
    "sender": "{{company}} reviews",
    "head": "People at {{company}}",
    "greeting": "Dear {{reader}},",
    "sign_off": "Best\n\nYour people team",
    "footer": "Questions: people team.",
    "note": "Once a day.",
    "home": "All of it",
}


def test_every_mail_goes_out_in_the_frame_that_hr_gave_it(
    session: Session, engine: Engine, settings: Settings, scene: Scene, now: datetime
) -> None:
    hanna, morning = scene.actor("hanna"), now + timedelta(hours=24)
    session.execute(sa.delete(Message))
    assert save_words(session, "mail_frame", FRAMED, version=0, actor=hanna, now=now) == 1
    send_words_test(session, "mail_frame", actor=hanna, now=now)
    for key, template in (("iris", "data_ready"), ("otto", "please_read"), ("otto", "feedback_cancelled")):
        about = {"template": template, "case_id": None, "now": now}
        enqueue_message(session, key=f"{key}-{template}", to_person_id=scene.id(key), **about)
    session.commit()
    send_due(engine, make_mailer(settings), settings, now=morning)
    found = {str(mail["To"]).partition("@")[0]: mail for mail in mails(settings)}
    sender = f"{settings.company} reviews <{parseaddr(settings.mail_from)[1]}>"
    name = {"hanna": "Hanna Ruiz", "iris": "Iris Vance", "otto": "Otto Nagy"}
    assert {key: str(mail["From"]) for key, mail in found.items()} == dict.fromkeys(name, sender)
    for key, mail in found.items():
        begins, _, ends = said(mail).partition("\nBest\n\nYour people team\n\n--\n")
        assert begins.startswith(f"Dear {name[key]},\n\n")
        assert ends == ("Once a day.\n" if key == "otto" else "") + "Questions: people team.\n"
        page = mail.get_body(("html",))
        assert page is not None
        assert f">People at {settings.company}</p>" in page.get_content()
    assert "All of it:  http" in said(found["otto"])
    assert found["hanna"]["Subject"] == "Test: Your feedback is asked for"
    assert reset_words(session, "mail_frame", version=1, actor=hanna, now=now) == 2
    assert load_changed(session) == {}


def test_somebody_from_outside_reads_their_own_line_below(session: Session, scene: Scene, now: datetime) -> None:
    words = {**FRAMED, "footer_outside": "You are asked by {{company}}."}
    save_words(session, "mail_frame", words, version=0, actor=scene.actor("hanna"), now=now)
    mira = MailSubject("mira@harbour.example", "Mira", None, candidate="Ines", is_external=True, path="/outside/x")
    changed = load_changed(session)
    several = [Line(name, mira, {}) for name in ("outside_moved", "outside_reminder")]
    for mail in (
        write_mail("outside_asked", mira, {}, company="Tarnfield", public_url="https://d.example", changed=changed),
        write_digest(several, company="Tarnfield", public_url="https://d.example", changed=changed),
    ):
        assert mail.text.rstrip().endswith("\nYou are asked by Tarnfield.")
        assert "Questions" not in mail.text + mail.html
