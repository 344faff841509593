"""One case with a word planted in every field, driven by the real services from its nomination to its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.config import Settings
from review.domain.access import Actor
from review.domain.evidence_draft import EvidenceDraft, EvidenceLink, Tag
from review.models import Employment, Evidence, Feedback, Person, RoleGrant
from review.services import feedback_outside
from review.services.cases import Nomination, nominate
from review.services.conflicts import set_conflict
from review.services.evidence import add_evidence, save_self_review
from review.services.feedback import Proposal, ask_direct_reports, decide_request, propose_givers
from review.services.feedback_answers import AnswerDraft, Decline, decline, move_own, save_answer
from review.services.panel import schedule_panel, score_panel
from review.services.ratings import RatingDraft, assign_second_rater, lock_round, save_line
from review.services.transitions import fire
from tests.access.canaries import Plot
from tests.access.cast import MORE_PEOPLE, Track
from tests.factories import Scene, draw_the_same, open_scene
from tests.outsider import find_links, read_mails
from tests.personas import FOUNDED_AT, Company

CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
EVIDENCE = "packet.draft packet.sealed evidence.attachment self_review.submitted"
WORDS = "self_review.draft self_review.submitted"
NAMES = {"erin": "peer", "dev": "peer", "lena": "peer", "sam": "hidden"}
VOTERS = ("clara", "omar", "mika")


@dataclass
class Story:
    """The case, its people, and what stands in it; each stage goes on where the last one ended."""

    session: Session
    engine: Engine
    settings: Settings
    scene: Scene
    track: Track
    now: datetime
    plot: Plot = field(default_factory=Plot)
    case_id: int = 0
    link: str = ""

    def id(self, key: str) -> int:
        """Return the number of somebody."""
        return self.scene.id(key)

    def actor(self, key: str) -> Actor:
        """Return somebody as who acts, with their company role."""
        if key not in MORE_PEOPLE:
            return self.scene.actor(key)
        role = MORE_PEOPLE[key][3]
        return Actor(self.id(key), key, frozenset({role} if role else ()))

    def at(self, key: str) -> dict[str, Any]:
        """Return who acts and when, as every service takes it."""
        return {"actor": self.actor(key), "now": self.now}

    @property
    def here(self) -> tuple[Session, int]:
        """Return what every service of the case takes first."""
        return self.session, self.case_id

    def fire(self, action: str, key: str, note: str = "", **form: object) -> None:
        """Make a move of the case."""
        fire(*self.here, action, actor=self.actor(key), now=self.now, note=note, form=form)

    def request(self, key: str) -> Feedback:
        """Return the request to somebody."""
        mine = (Feedback.case_id == self.case_id, Feedback.giver_id == self.id(key))
        return self.session.scalars(sa.select(Feedback).where(*mine)).one()

    def anchors(self) -> tuple[str, ...]:
        """Return the anchor of the first evidence."""
        first = sa.select(Evidence.id).where(Evidence.case_id == self.case_id).order_by(Evidence.id)
        return (f"e:{self.session.scalars(first).first()}",)

    def plant(self, place: str, rows: str, **more: Any) -> str:
        """Return a new word for a field."""
        return self.plot.plant(place, rows, **more)

    def plant_link(self, place: str, rows: str, **more: Any) -> str:
        """Return a new word for a field, as a link that leads out."""
        return self.plot.plant_link(place, rows, **more)


def begin(session: Session, engine: Engine, settings: Settings, track: Track, now: datetime) -> Story:
    """Open the cycle, let four more people join, and put a word into the names that may not be told."""
    scene = open_scene(session, now)
    ids = dict(scene.company.ids)
    for key, (name, function, title, role) in MORE_PEOPLE.items():
        person = Person(
            external_id=key, name=name, email=f"{key}@company.example", function=function, title=title,
            manager_id=ids["noor"], joined_on=date(2020, 1, 6), country="DE",
        )  # fmt: skip
        session.add(person)
        session.flush()
        ids[key] = person.id
        if role:
            session.add(RoleGrant(person_id=person.id, role=role, granted_at=FOUNDED_AT))
    story = Story(session, engine, settings, Scene(Company(ids), scene.cycle_id, scene.committee_id), track, now)
    for key in (*NAMES, *track.reports, "finn"):
        _rename(story, key, "feedback.author feedback.proposals")
    _rename(story, "jonas", "committee.seats")
    _rename(story, "aya", "committee.seats conflict.list")
    session.get_one(Person, ids["otto"]).title = story.plant("person.title", "directory")
    session.commit()
    return story


def _rename(story: Story, key: str, rows: str) -> None:
    word = story.plant(f"name of {key}", rows, own=key, own_rows="directory", is_name=True)
    person = story.session.get_one(Person, story.id(key))
    person.name = f"{person.name.split()[0]} {word}"


def draft(story: Story) -> None:
    """Nominate the candidate by themselves; HR sets two conflicts, and the former manager has just handed over."""
    candidate, session = story.id(story.track.candidate), story.session
    reason = story.plant("nomination.reason", "case.stage")
    nomination = Nomination(candidate, "promotion", story.track.to_level, reason)
    at = story.at(story.track.candidate)
    case = nominate(session, story.scene.cycle_id, nomination, draw=draw_the_same, **at)
    case.committee_id = story.scene.committee_id
    case.code = story.plant("case.code", "case.existence")
    story.case_id = case.id
    handed_over = Employment(
        person_id=candidate, manager_id=story.id("mats"), title="", function="Product", level_id=None,
        from_on=date(2020, 1, 6), until_on=story.now.date(),
    )  # fmt: skip
    session.add(handed_over)
    for key in ("hugo", "aya"):
        why = story.plant(f"conflict.reason of {key}", "")
        set_conflict(session, case.id, story.id(key), why, **story.at("hanna"))


def collecting(story: Story) -> None:
    """Write half of everything: nothing is handed in but two answers, below the floor of three."""
    story.fire("confirm_eligible", "hanna")
    _write_evidence(story)
    for criterion in CRITERIA:
        words = story.plant_link(f"self_review {criterion}", WORDS)
        save_self_review(*story.here, criterion, words, version=0, **story.at(story.track.candidate))
    for place, criterion in enumerate(CRITERIA):
        words = story.plant(f"first view {criterion}", "first_view.draft first_view.locked")
        _rate(story, "first", criterion, story.track.manager, RatingDraft(3 if place else 2, False, words))
    _ask(story)
    for key in ("erin", "dev"):
        _answer(story, key)
        move_own(*story.here, story.request(key).id, "submit", **story.at(key))
    _answer(story, "lena")


def _write_evidence(story: Story) -> None:
    for place, criterion in enumerate(CRITERIA, 1):
        names = ("title", "done", "effect", "measure", "baseline", "target", "actual", "label", "url")
        said = {name: story.plant(f"evidence {place} {name}", EVIDENCE) for name in names}
        link = EvidenceLink(said.pop("label"), f"https://docs.company.example/{said.pop('url')}")
        draft = EvidenceDraft(**said, links=(link,), tags=(Tag(criterion),))
        add_evidence(*story.here, draft, **story.at(story.track.candidate))


def _rate(story: Story, name: str, criterion: str, key: str, draft: RatingDraft) -> None:
    save_line(*story.here, name, criterion, draft, version=0, **story.at(key))


def _ask(story: Story) -> None:
    """Let the candidate propose, HR add somebody the manager does not see, and the manager ask an outsider."""
    asked = "erin dev lena pavel tomas"
    note = story.plant("feedback.note", "feedback.proposals", own=asked, own_rows="case.existence")
    proposed = (*(key for key, kind in NAMES.items() if kind == "peer"), "pavel", "tomas")
    proposal = Proposal(tuple(map(story.id, proposed)), note, ("leadership",))
    for row in propose_givers(*story.here, proposal, **story.at(story.track.candidate)):
        if row.giver_id != story.id("tomas"):
            decide_request(*story.here, row.id, "approve", **story.at(story.track.manager))
    refusal = story.plant("feedback.refusal", "feedback.proposals")
    tomas = story.request("tomas").id
    decide_request(*story.here, tomas, "reject", note=refusal, **story.at(story.track.manager))
    words = story.plant("feedback.decline", "feedback.author", own="pavel", own_rows="case.existence")
    decline(*story.here, story.request("pavel").id, Decline("no_time", words), **story.at("pavel"))
    hidden = Proposal((story.id("sam"),), criteria=("leadership",), is_hidden_from_manager=True)
    propose_givers(*story.here, hidden, **story.at("hanna"))
    if story.track.reports:
        ask_direct_reports(*story.here, **story.at(story.track.manager))
    _invite(story)


def _invite(story: Story) -> None:
    about = "feedback.author feedback.proposals"
    name = story.plant("name of mira", about, own="mira", own_rows="case.existence", is_name=True)
    said = {each: story.plant(f"invite.{each}", about, own="mira", own_rows="case.existence")
            for each in ("address", "organisation", "worked_together", "note")}  # fmt: skip
    address = f"{said['address']}@harbour.example"
    invitation = feedback_outside.Invitation(
        f"Mira {name}", address, said["organisation"], said["worked_together"], said["note"], ("leadership",)
    )
    row = feedback_outside.invite_outsider(*story.here, invitation, **story.at(story.track.manager))
    assert row is not None
    story.scene.company.ids["mira"] = row.giver_id
    story.session.commit()
    (story.link,) = find_links(read_mails(story.engine, story.settings, story.now), address)
    mira = Actor(row.giver_id, "Mira", is_external=True)
    _answer(story, "mira", mira)


def _answer(story: Story, key: str, actor: Actor | None = None) -> None:
    own = "feedback.own_draft feedback.own_submitted"
    about = {"rows": "feedback.text", "own": key, "own_rows": own}
    done = story.plant_link(f"feedback of {key} done", **about)
    situation, effect, link = (
        story.plant(f"feedback of {key} {name}", **about) for name in ("situation", "effect", "link")
    )
    draft = AnswerDraft(situation, done, effect, f"https://docs.company.example/{link}", 4)
    row, by = story.request(key), actor or story.actor(key)
    for criterion in row.criteria or CRITERIA:
        save_answer(*story.here, row.id, criterion, draft, version=0, actor=by, now=story.now)


def built(story: Story) -> None:
    """Hand everything in: the case could be sealed now, but for the final rating, which is still being written."""
    story.fire("submit_packet", story.track.candidate)
    lock_round(*story.here, "first", **story.at(story.track.manager))
    _answer(story, "sam")
    for key in ("lena", "sam"):
        move_own(*story.here, story.request(key).id, "submit", **story.at(key))
    mira = Actor(story.id("mira"), "Mira", is_external=True)
    move_own(*story.here, story.request("mira").id, "submit", actor=mira, now=story.now)
    for key in story.track.reports:
        _answer(story, key)
        move_own(*story.here, story.request(key).id, "submit", **story.at(key))
    if story.track.reports:
        _answer(story, "finn")
        _meet_panel(story)
    story.fire("close_feedback", "hanna")
    assign_second_rater(*story.here, story.id("ravi"), **story.at("hanna"))
    for criterion in CRITERIA:
        own = {"own": "ravi", "own_rows": "second_rating.own"}
        words = story.plant(f"second rating {criterion}", "second_rating.others", **own)
        _rate(story, "second", criterion, "ravi", RatingDraft(4, False, words, anchors=story.anchors()))
    lock_round(*story.here, "second", **story.at("ravi"))
    for criterion in CRITERIA:
        words = story.plant(f"rating {criterion}", "rating.draft rating.final")
        why = story.plant(f"rating change {criterion}", "rating.draft first_view.locked")
        draft = RatingDraft(4, False, words, why, anchors=story.anchors())
        _rate(story, "final", criterion, story.track.manager, draft)


def _meet_panel(story: Story) -> None:
    panel, when = ("paul", "pia"), story.now + timedelta(hours=2)
    schedule_panel(*story.here, map(story.id, panel), when, **story.at("hanna"))
    for key in panel:
        why = story.plant(f"panel of {key}", "second_rating.others", own=key, own_rows="directory")
        score_panel(*story.here, 4, why, version=1, **story.at(key))
    story.fire("close_panel", "hanna")
