"""A case as the committee meets it: built, sealed, read; and votes in a line each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.ballot import BallotDraft, LineDraft
from review.models import (
    Case,
    CaseToken,
    Evidence,
    EvidenceTag,
    Feedback,
    FeedbackAnswer,
    Packet,
    PacketFile,
    Rating,
    RatingLine,
    Seat,
    SelfReview,
)
from review.queries.standing import load_standing
from review.services.packets import note_opened
from review.services.seats import mark_read, set_present
from review.services.transitions import fire, fire_item
from review.services.votes import cast_vote, save_ballot
from tests.factories import Scene, open_case_of, open_scene
from tests.kept import kept

DONE = {"packet": "submitted", "feedback": "enough", "rating": "rated", "second_rating": "waived", "panel": "scored"}
GIVERS = {"erin": "Engineering", "dev": "Design", "lena": "Data"}
MEMBERS = ("clara", "omar", "mika", "jonas", "aya")
CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")


@dataclass
class Room:
    """A case of Iris (or somebody else) on its way through the committee."""

    session: Session
    scene: Scene
    case_id: int
    now: datetime

    @property
    def case(self) -> Case:
        """Return the case as it is now."""
        return self.session.get_one(Case, self.case_id)

    def actor(self, key: str) -> Actor:
        """Return one of the cast as who acts."""
        return self.scene.actor(key)

    def seat(self, key: str) -> Seat:
        """Return somebody's seat."""
        return self.session.scalars(
            sa.select(Seat).where(Seat.case_id == self.case_id, Seat.person_id == self.scene.id(key))
        ).one()

    def states(self) -> dict[str, str]:
        """Return the state of each seat by the cast's keys."""
        rows = self.session.execute(sa.select(Seat.person_id, Seat.state).where(Seat.case_id == self.case_id))
        keys = {number: key for key, number in self.scene.company.ids.items()}
        return {keys[row.person_id]: row.state for row in rows}

    def fire(self, action: str, key: str, note: str = "", **form: object) -> None:
        """Make a move of the case as somebody."""
        fire(self.session, self.case_id, action, actor=self.actor(key), now=self.now, note=note, form=form)

    def evidence(self, place: int = 0) -> str:
        """Return an anchor of the packet."""
        ids = self.session.scalars(sa.select(Evidence.id).where(Evidence.case_id == self.case_id).order_by(Evidence.id))
        return f"e:{ids.all()[place]}"

    def render(self) -> None:
        """Let the packet be printed, without printing it."""
        packet_ids = sa.select(Packet.id).where(Packet.case_id == self.case_id)
        self.session.execute(
            sa.update(PacketFile)
            .where(PacketFile.packet_id.in_(packet_ids))
            .values(state="ready", path="packet.pdf", digest="0" * 64, size_bytes=1, page_count=1)
        )
        self.session.expire_all()

    def read(self, *keys: str) -> None:
        """Let members open the packet and say that they have read it."""
        for key in keys:
            note_opened(self.session, self.case_id, actor=self.actor(key), now=self.now)
            mark_read(self.session, self.case_id, actor=self.actor(key), now=self.now)

    def be_present(self, *keys: str, chair: str = "clara") -> None:
        """Let the chair record who is in the room."""
        ids = {self.scene.id(key) for key in keys}
        set_present(self.session, self.case_id, ids, actor=self.actor(chair), now=self.now)

    def draft(
        self, overall: str = "promote", values: Iterable[int] = (4, 4, 4, 4), reason: str = "Shown."
    ) -> BallotDraft:
        """Return a ballot that can be cast."""
        anchor = self.evidence()
        lines = {
            each: LineDraft(value, False, "As shown.", (anchor,)) for each, value in zip(CRITERIA, values, strict=True)
        }
        return BallotDraft(lines, overall, "high", reason)

    def save(self, key: str, draft: BallotDraft, version: int = 0) -> int:
        """Save a ballot as a draft."""
        return save_ballot(self.session, self.case_id, draft, version=version, actor=self.actor(key), now=self.now)

    def vote(self, key: str, overall: str = "promote", values: Iterable[int] = (4, 4, 4, 4), version: int = 0) -> None:
        """Fill in a ballot and cast it."""
        self.save(key, self.draft(overall, values, f"{key} says {overall}."), version)
        cast_vote(self.session, self.case_id, actor=self.actor(key), now=self.now)

    def open_voting(self, *present: str) -> None:
        """Let everybody read, the chair open the voting, and those named be in the room."""
        self.render()
        self.read(*(key for key, state in self.states().items() if state == "seated"))
        self.fire("open_voting", "clara")
        self.be_present(*(present or MEMBERS))

    def reveal(self, votes: Mapping[str, str] | None = None) -> None:
        """Vote in the first round as given, by key, and reveal."""
        cast = votes or dict.fromkeys(MEMBERS, "promote")
        self.open_voting(*cast)
        for key, overall in cast.items():
            self.vote(key, overall)
        self.fire("reveal_votes", "clara")

    def decide(self, action: str = "decide_promote", key: str = "clara") -> None:
        """Record a decision."""
        note = "Back in spring." if action == "decide_defer" else ""
        self.fire(action, key, note, rationale="All four criteria are shown in E1.")

    def finish_building(self) -> None:
        """Put every region of the case where it can be sealed."""
        tokens = sa.select(CaseToken).where(CaseToken.case_id == self.case_id, CaseToken.region != "main")
        for token in self.session.scalars(tokens):
            token.state = DONE[token.region]
        self.session.flush()

    def recuse(self, key: str) -> None:
        """Recuse somebody without a conflict that is kept."""
        fire_item(self.session, self.case_id, self.seat(key), "recuse", actor=self.actor(key), now=self.now)


@kept
def sealed_room(session: Session, now: datetime, *, key: str = "iris", to_level: str = "staff-pm") -> Room:
    """Open a scene, build a case and seal it."""
    room = built_room(session, open_scene(session, now), now, key=key, to_level=to_level)
    room.fire("seal", "hanna")
    session.commit()
    return room


@kept
def built_room(session: Session, scene: Scene, now: datetime, *, key: str = "iris", to_level: str = "staff-pm") -> Room:
    """Build a case up to where it can be sealed."""
    case = open_case_of(session, scene, key, to_level, now)
    room = Room(session, scene, case.id, now)
    room.fire("confirm_eligible", "hanna")
    for place, criterion in enumerate(CRITERIA, 1):
        session.add(SelfReview(case_id=case.id, criterion_id=criterion, body="I did it.", updated_at=now))
        evidence = Evidence(
            case_id=case.id,
            position=place,
            title=f"Work {place}",
            done="Did.",
            effect="",
            created_at=now,
            updated_at=now,
        )
        session.add(evidence)
        session.flush()
        session.add(EvidenceTag(evidence_id=evidence.id, criterion_id=criterion))
    _add_feedback(session, scene, case, now)
    _add_ratings(session, case, now)
    room.finish_building()
    session.commit()
    return room


@kept
def second_committee(session: Session, scene: Scene, chair: str, *others: str) -> int:
    """Add another committee to the cycle."""
    from review.services.committees import create_committee, set_member

    hanna = scene.actor("hanna")
    name = f"Committee of {chair}"
    committee = create_committee(session, scene.cycle_id, name, actor=hanna, now=load_now(session, scene))
    for key in (chair, *others):
        role = "chair" if key == chair else "member"
        set_member(session, committee.id, scene.id(key), role, actor=hanna, now=load_now(session, scene))
    session.commit()
    return committee.id


def load_now(session: Session, scene: Scene) -> datetime:
    """Return the moment of the scene: when its cycle was opened."""
    from review.models import Cycle

    opened_at = session.get_one(Cycle, scene.cycle_id).opened_at
    assert opened_at is not None
    return opened_at


def read_standing(room: Room, key: str) -> object:
    """Return how the case stands for somebody; raises NotFound as the page would."""
    return load_standing(room.session, room.case_id, room.actor(key), now=room.now)


def _add_feedback(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    upward = dict.fromkeys(("ben", "cora", "finn"), "Product") if case.track_id == "people" else {}
    for giver, function in (GIVERS | upward).items():
        row = Feedback(
            case_id=case.id,
            giver_id=scene.id(giver),
            kind="upward" if giver in upward else "peer",
            function=function,
            state="submitted",
            entered_at=now,
            submitted_at=now,
            shown_in=1,
        )
        session.add(row)
        session.flush()
        for criterion in CRITERIA:
            session.add(
                FeedbackAnswer(feedback_id=row.id, criterion_id=criterion, done="Seen.", value=4, updated_at=now)
            )


def _add_ratings(session: Session, case: Case, now: datetime) -> None:
    for name in ("first", "final"):
        rating = Rating(case_id=case.id, round=name, rater_id=case.manager_id, locked_at=now, created_at=now)
        session.add(rating)
        session.flush()
        for criterion in CRITERIA:
            session.add(
                RatingLine(
                    rating_id=rating.id,
                    criterion_id=criterion,
                    value=4,
                    justification="Shown.",
                    anchors=["e:1"],
                    updated_at=now,
                )
            )
