"""What waits for a second person in HR: who sees it, who is told once, and what the proposer hears of the outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.mail import make_mailer
from review.config import Settings
from review.domain.access import Actor
from review.domain.errors import NotAllowed
from review.domain.house_policy import write_settings
from review.domain.proposals import Kind
from review.domain.wording_list import PIECES, words_of
from review.models import (
    Erasure,
    LadderDraft,
    Message,
    Person,
    PolicyVersion,
    RoleGrant,
    WordingVersion,
    WorkflowVersion,
)
from review.queries.cycle_choices import shipped_policy
from review.queries.worklist import load_home
from review.services.ladders import publish_ladder
from review.services.ladders_drafts import begin_draft
from review.services.ladders_proposals import discard_proposal as discard_ladder
from review.services.ladders_proposals import propose_draft, publish_proposal
from review.services.policies import discard_policy, propose_policy, publish_policy
from review.services.privacy_erasure import approve_erasure, cancel_erasure, propose_erasure
from review.services.wordings import discard_words, publish_words, save_words
from review.services.workflows import discard_proposal, propose_workflow, publish_workflow
from review.worker import send_due
from tests.domain.workflow_ways import SOURCES
from tests.factories import Scene, open_scene

MORNING = timedelta(hours=24)  # after 8 o’clock on the day after `now`
PART = "letter_decision"
WHY = "Too vague"
LADDER = """\
format: ladder/1
id: bakers
name: Bakers
version: "%s"
levels: [{id: one, name: One}, {id: two, name: Two}]
criteria: [{id: care, name: Care, at: {one: Listens., two: %s}}]
"""


@dataclass(frozen=True)
class Way:
    """How something is proposed, agreed to and discarded; its line on the home page, and what mails call it."""

    propose: Callable[[Session, Actor, datetime], object]
    agree: Callable[[Session, Actor, datetime], object]
    discard: Callable[[Session, Actor, datetime], object]
    line: tuple[str, str]
    page: str
    named: str
    links: tuple[str, str, str]
    why: str = WHY


def propose_ladder(session: Session, actor: Actor, now: datetime) -> None:
    publish_ladder(session, LADDER % ("1", "Acts."), file="f", actor=actor, now=now)
    row = begin_draft(session, LADDER % ("2", "Leads."), becomes="2", base_id=None, actor=actor, now=now)
    propose_draft(session, row.id, digest=row.digest, actor=actor, now=now)


def propose_ic(session: Session, actor: Actor, now: datetime) -> None:
    source = SOURCES["ic.yaml"].replace("\nversion: 1\n", "\nversion: 2\n").replace("title: Nominated", "title: Named")
    propose_workflow(session, source, actor=actor, now=now)


def propose_other_policy(session: Session, actor: Actor, now: datetime, least: int = 4) -> None:
    propose_policy(session, write_settings(shipped_policy(), {"n3": least}), actor=actor, now=now)


def propose_words(session: Session, actor: Actor, now: datetime, version: int = 0) -> None:
    words = {**words_of(PIECES[PART], {}), "greeting": f"Hello {{{{candidate}}}}{'!' * version},"}
    save_words(session, PART, words, version=version, actor=actor, now=now)


def propose_to_erase(session: Session, actor: Actor, now: datetime) -> None:
    xenia = session.scalars(sa.select(Person.id).where(Person.name == "Xenia Rolf")).one()
    session.execute(sa.update(Person).where(Person.id == xenia).values(left_on=date(2020, 2, 1)))
    propose_erasure(session, xenia, "She asks", actor=actor, now=now)


def newest(session: Session, model: Any) -> Any:
    return session.scalars(sa.select(model).order_by(model.id.desc())).first()


WAYS = {
    Kind.LADDER: Way(
        propose_ladder,
        lambda s, a, n: publish_proposal(
            s, newest(s, LadderDraft).id, digest=newest(s, LadderDraft).digest, actor=a, now=n
        ),
        lambda s, a, n: discard_ladder(s, newest(s, LadderDraft).id, WHY, actor=a, now=n),
        ("Publish or discard version 2 of a ladder", "Bakers"),
        "ladder_draft:1",
        "version 2 of the ladder “Bakers”",
        ("/ladders/drafts/1", "/ladders", "/ladders/drafts/1"),
    ),
    Kind.WORKFLOW: Way(
        propose_ic,
        lambda s, a, n: publish_workflow(s, newest(s, WorkflowVersion).id, actor=a, now=n),
        lambda s, a, n: discard_proposal(s, newest(s, WorkflowVersion).id, WHY, actor=a, now=n),
        ("Publish or discard version 2 of a workflow", "Promotion, individual contributor"),
        "workflow:3",
        "version 2 of the workflow “Promotion, individual contributor”",
        ("/workflows/3", "/workflows/3", "/workflows"),
    ),
    Kind.POLICY: Way(
        propose_other_policy,
        lambda s, a, n: publish_policy(s, digest=newest(s, PolicyVersion).digest, actor=a, now=n),
        lambda s, a, n: discard_policy(s, WHY, actor=a, now=n),
        ("Publish or discard another policy", ""),
        "policy",
        "another policy for new cycles",
        ("/policy", "/policy", "/policy"),
    ),
    Kind.WORDS: Way(
        propose_words,
        lambda s, a, n: publish_words(s, PART, newest(s, WordingVersion).number, actor=a, now=n),
        lambda s, a, n: discard_words(s, PART, newest(s, WordingVersion).number, WHY, actor=a, now=n),
        ("Publish or discard other words", "Letter: greeting, decision, closing"),
        f"words:{PART}",
        "other words (Letter: greeting, decision, closing)",
        (f"/words/{PART}",) * 3,
    ),
    Kind.ERASURE: Way(
        propose_to_erase,
        lambda s, a, n: approve_erasure(s, newest(s, Erasure).id, actor=a, now=n),
        lambda s, a, n: cancel_erasure(s, newest(s, Erasure).id, WHY, actor=a, now=n),
        ("Approve an erasure, or give it up", ""),
        "erasures",
        "that the data of somebody is erased",
        ("/erasures",) * 3,
        why="",
    ),
}


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    found = open_scene(session, now)
    session.execute(sa.delete(Message))
    session.commit()
    return found


@pytest.fixture(params=WAYS.values(), ids=list(WAYS))
def way(request: pytest.FixtureRequest) -> Way:
    return request.param


def waits(session: Session, actor: Actor, now: datetime) -> list[tuple[str, str, str, str]]:
    rows = load_home(session, actor, now=now).todo
    return [(str(row.verb), row.about, str(row.context), row.page) for row in rows]


def send(session: Session, engine: Engine, settings: Settings, now: datetime) -> dict[str, tuple[str, str]]:
    """Send what is due the next morning and return subject and words of each mail, by its reader."""
    session.commit()
    folder = Path(settings.mail.removeprefix("file:"))
    before = set(folder.glob("*.eml"))
    send_due(engine, make_mailer(settings), settings, now=now + MORNING)
    session.rollback()
    found = {}
    for path in set(folder.glob("*.eml")) - before:
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        plain: Any = mail.get_body(("plain",))
        found[str(mail["To"]).partition("@")[0]] = (str(mail["Subject"]), " ".join(plain.get_content().split()))
    return found


@pytest.mark.parametrize("kind", [kind for kind in WAYS if kind is not Kind.ERASURE])
@pytest.mark.both_databases
def test_nobody_agrees_to_what_was_proposed_for_them(session: Session, scene: Scene, now: datetime, kind: Kind) -> None:
    """A delegate proposes for an HR partner: neither of the two agrees, a second HR partner does."""
    hanna, hugo, otto = (scene.actor(key) for key in ("hanna", "hugo", "otto"))
    way, for_hanna = WAYS[kind], replace(otto, delegators={scene.id("hanna"): frozenset({"hr"})})
    way.propose(session, for_hanna, now)
    context = "Proposed by Otto Nagy"
    assert [waits(session, each, now) for each in (hanna, for_hanna)] == [[], []]
    assert waits(session, hugo, now) == [(*way.line, context, way.page)]
    for own in (hanna, for_hanna):
        with pytest.raises(NotAllowed) as refused:
            way.agree(session, own, now)
        assert str(refused.value).startswith("You proposed ")
    way.agree(session, hugo, now)


@pytest.mark.both_databases
def test_whoever_may_agree_sees_it_and_is_told_and_nobody_else(
    session: Session, engine: Engine, settings: Settings, scene: Scene, now: datetime, way: Way
) -> None:
    hanna, hugo = scene.actor("hanna"), scene.actor("hugo")
    way.propose(session, hanna, now)
    assert waits(session, hugo, now) == [(*way.line, "Proposed by Hanna Ruiz", way.page)]
    for key in ("hanna", "noor", "greta", "abel", "petra", "ines"):
        assert (key, waits(session, scene.actor(key), now)) == (key, [])
    mails = send(session, engine, settings, now)
    assert list(mails) == ["hugo"]
    subject, told = mails["hugo"]
    assert subject == "A proposal waits for a second person"
    assert f"Another HR partner has proposed {way.named}. Nothing happens before" in told
    assert f"Look at it: http://localhost{way.links[0]} --" in told
    assert send(session, engine, settings, now + timedelta(days=3)) == {}
    assert "Xenia" not in told


def test_whoever_proposed_it_hears_that_it_was_agreed_to(
    session: Session, engine: Engine, settings: Settings, scene: Scene, now: datetime, way: Way
) -> None:
    way.propose(session, scene.actor("hanna"), now)
    way.agree(session, scene.actor("hugo"), now)
    assert waits(session, scene.actor("hugo"), now) == []
    mails = send(session, engine, settings, now)
    assert {key: subject for key, (subject, _) in mails.items()} == {"hanna": "What you proposed was agreed to"}
    assert f"agreed to what you proposed: {way.named}." in mails["hanna"][1]
    assert f"http://localhost{way.links[1]} --" in mails["hanna"][1]


def test_whoever_proposed_it_reads_why_it_was_discarded(
    session: Session, engine: Engine, settings: Settings, scene: Scene, now: datetime, way: Way
) -> None:
    way.propose(session, scene.actor("hanna"), now)
    way.discard(session, scene.actor("hugo"), now)
    assert waits(session, scene.actor("hugo"), now) == []
    mails = send(session, engine, settings, now)
    assert {key: subject for key, (subject, _) in mails.items()} == {"hanna": "What you proposed was discarded"}
    why = f"The reason: {way.why}" if way.why else "Its page says why."
    ends = f"discarded what you proposed: {way.named}. {why} Look at it: http://localhost{way.links[2]} --"
    assert ends in mails["hanna"][1]


def test_whoever_takes_back_their_own_is_told_nothing(
    session: Session, engine: Engine, settings: Settings, scene: Scene, now: datetime, way: Way
) -> None:
    way.propose(session, scene.actor("hanna"), now)
    way.discard(session, scene.actor("hanna"), now)
    assert send(session, engine, settings, now) == {}


@pytest.mark.parametrize("again", [propose_other_policy, propose_words])
def test_another_proposal_in_its_place_turns_the_roles_round(
    session: Session, engine: Engine, settings: Settings, scene: Scene, now: datetime, again: Callable[..., None]
) -> None:
    hanna, hugo = scene.actor("hanna"), scene.actor("hugo")
    again(session, hanna, now)
    again(session, hugo, now + timedelta(minutes=1), 5 if again is propose_other_policy else 1)
    assert (waits(session, hugo, now), len(waits(session, hanna, now))) == ([], 1)
    ((key, (subject, told)),) = send(session, engine, settings, now).items()
    assert (key, subject) == ("hanna", "2 things for you to see")
    assert "* Another proposal has taken the place of yours" in told
    assert "* A proposal waits for a second person" in told


def test_one_line_tells_of_a_proposal_that_was_changed_by_whoever_made_it(
    session: Session, engine: Engine, settings: Settings, scene: Scene, now: datetime
) -> None:
    for minute, least in enumerate((4, 5)):
        propose_other_policy(session, scene.actor("hanna"), now + timedelta(minutes=minute), least)
    assert {key: subject for key, (subject, _) in send(session, engine, settings, now).items()} == {
        "hugo": "A proposal waits for a second person"
    }


def test_who_is_no_partner_any_more_gets_no_mail(
    session: Session, engine: Engine, settings: Settings, scene: Scene, now: datetime
) -> None:
    propose_other_policy(session, scene.actor("hanna"), now)
    session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == scene.id("hugo")))
    assert send(session, engine, settings, now) == {}


def test_somebody_on_behalf_sees_what_the_partner_may_agree_to(session: Session, scene: Scene, now: datetime) -> None:
    propose_other_policy(session, scene.actor("hanna"), now)
    otto = scene.actor("otto")
    for_hugo = replace(otto, delegators={scene.id("hugo"): frozenset({"hr"})})
    for_hanna = replace(otto, delegators={scene.id("hanna"): frozenset({"hr"})})
    assert [len(waits(session, each, now)) for each in (for_hugo, for_hanna, otto)] == [1, 0, 0]


def test_an_erasure_waits_for_nobody_with_a_part_in_it(session: Session, scene: Scene, now: datetime) -> None:
    propose_to_erase(session, scene.actor("hanna"), now)
    session.execute(sa.update(Person).where(Person.name == "Xenia Rolf").values(manager_id=scene.id("hugo")))
    assert waits(session, scene.actor("hugo"), now) == []
