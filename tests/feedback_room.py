"""Two cases whose candidates are asked about each other, and givers who answer, take back and decline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.models import Case, CaseToken, Feedback
from review.queries.feedback import FeedbackRow, read_feedback
from review.queries.standing import Standing, load_standing
from review.services.feedback import Proposal, propose_givers
from review.services.feedback_answers import AnswerDraft, Decline, decline, move_own, save_answer
from review.services.transitions import fire, fire_item
from tests.factories import Scene, open_case_of
from tests.kept import kept

BUILT = {"packet": "submitted", "rating": "rated", "second_rating": "waived"}
CRITERION = "leadership"
GIVERS = ("erin", "dev", "lena", "sam", "otto")


@dataclass
class FeedbackRoom:
    """Cases of Ben and Cora in one cycle, both still collecting, with everything built but the feedback."""

    session: Session
    scene: Scene
    now: datetime
    ids: dict[str, int]

    def case(self, key: str = "ben") -> Case:
        """Return somebody's case."""
        return self.session.get_one(Case, self.ids[key])

    def standing(self, key: str, about: str = "ben") -> Standing:
        """Return how a case stands for somebody."""
        return load_standing(self.session, self.ids[about], self.scene.actor(key), now=self.now)

    def ask(self, *givers: str, about: str = "ben", by: str = "hanna", hidden: bool = False) -> None:
        """Ask people about one criterion."""
        people = tuple(self.scene.id(giver) for giver in givers)
        proposal = Proposal(people, criteria=(CRITERION,), is_hidden_from_manager=hidden)
        propose_givers(self.session, self.ids[about], proposal, actor=self.scene.actor(by), now=self.now)

    def row(self, giver: str, about: str = "ben") -> Feedback:
        """Return a giver's request."""
        mine = (Feedback.case_id == self.ids[about], Feedback.giver_id == self.scene.id(giver))
        return self.session.scalars(sa.select(Feedback).where(*mine)).one()

    def answer(self, *givers: str, about: str = "ben") -> None:
        """Let givers write, each in words of their own, and send."""
        for giver in givers:
            row, actor = self.row(giver, about), self.scene.actor(giver)
            if row.state == "asked":
                draft = AnswerDraft("In spring", f"{giver} saw it", "It held", "", 4)
                save_answer(self.session, row.case_id, row.id, CRITERION, draft, version=0, actor=actor, now=self.now)
            move_own(self.session, row.case_id, row.id, "submit", actor=actor, now=self.now)

    def take_back(self, giver: str, about: str = "ben") -> None:
        """Let a giver take the answer back."""
        row = self.row(giver, about)
        move_own(self.session, row.case_id, row.id, "recall", actor=self.scene.actor(giver), now=self.now)

    def say_no(self, giver: str, about: str = "ben") -> None:
        """Let a giver decline."""
        row, actor = self.row(giver, about), self.scene.actor(giver)
        decline(self.session, row.case_id, row.id, Decline("no_time"), actor=actor, now=self.now)

    def let_go(self, giver: str, action: str, about: str = "ben") -> None:
        """Let a request expire or be cancelled by itself."""
        fire_item(self.session, self.ids[about], self.row(giver, about), action, actor=SYSTEM, now=self.now)

    def fire(self, action: str, key: str = "hanna", about: str = "ben") -> None:
        """Make a move of a case."""
        actor = self.scene.actor(key)
        fire(self.session, self.ids[about], action, actor=actor, now=self.now, note="One more voice")

    def read(self, key: str, about: str = "ben") -> tuple[FeedbackRow, ...]:
        """Return what somebody reads."""
        return read_feedback(self.session, self.standing(key, about))

    def heard(self, key: str, about: str = "ben") -> list[str]:
        """Return whose words somebody reads, in order of names."""
        return sorted(row.answers[0].done.split()[0] for row in self.read(key, about))


@kept
def open_room(session: Session, scene: Scene, now: datetime) -> FeedbackRoom:
    """Open both cases and put their other regions where they can be sealed."""
    ids = {}
    for key in ("ben", "cora"):
        case = open_case_of(session, scene, key, "senior-pm", now)
        fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
        ids[key] = case.id
    for region, state in BUILT.items():
        session.execute(sa.update(CaseToken).where(CaseToken.region == region).values(state=state))
    session.commit()
    session.expire_all()
    return FeedbackRoom(session, scene, now, ids)
