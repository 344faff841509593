"""Walks a case over HTTP as each person concerned: the forms that their pages post, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.adapters.jobs import run_inline
from review.extensions import db
from review.models import Case, CaseToken, Evidence, Feedback, Gap, GrowthPlan, Letter, Release, Vote
from review.services.sign_ins import open_sign_in
from review.web.guards import SEEN, TOKEN
from tests.factories import Scene

CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
GIVERS = ("erin", "dev", "lena")


@dataclass(slots=True)
class Walk:
    """One browser that signs in as whoever is next."""

    client: FlaskClient
    session: Session
    scene: Scene
    now: datetime
    case_id: int = 0
    criteria: tuple[str, ...] = CRITERIA

    def enter(self, key: str) -> FlaskClient:
        """Sign in as one of the cast."""
        token = open_sign_in(self.session, self.scene.id(key), now=self.now)
        self.session.commit()
        with self.client.session_transaction() as kept:
            kept.clear()
            kept[TOKEN], kept[SEEN] = token, int(self.now.timestamp())
        return self.client

    def get(self, key: str, path: str) -> str:
        """Open a page of the case as somebody; it must be there."""
        answer = self.enter(key).get(f"/cases/{self.case_id}{path}")
        assert answer.status_code == 200, (key, path, answer.status_code)
        return answer.get_data(as_text=True)

    def fetch(self, key: str, path: str) -> bytes:
        """Download a file of the case as somebody; it must be there, and a packet is first made one's own copy."""
        client = self.enter(key)
        if path == "/packet.pdf":
            assert client.post(f"/cases/{self.case_id}{path}").status_code == 303
        with client.get(f"/cases/{self.case_id}{path}") as answer:
            assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
            return answer.get_data()

    def refused(self, key: str, path: str) -> int:
        """Return the status with which somebody is kept from a page of the case."""
        return self.enter(key).get(f"/cases/{self.case_id}{path}").status_code

    def post(self, key: str, path: str, form: dict[str, object] | None = None, *, under: str = "") -> TestResponse:
        """Send a form as somebody; it must take effect and lead to a page that is there."""
        where = under or f"/cases/{self.case_id}"
        answer = self.enter(key).post(f"{where}{path}", data=form or {})
        assert answer.status_code == 303, (key, path, answer.status_code, answer.get_data(as_text=True)[-3000:])
        onward = urlsplit(answer.location)
        shown = self.client.get(f"{onward.path}?{onward.query}", follow_redirects=True)
        assert shown.status_code == 200, (key, path, onward.path, shown.status_code)
        return shown

    def act(self, key: str, action: str, note: str = "") -> TestResponse:
        """Press the button of a plain action on the case's page."""
        return self.post(key, "/actions", {"action": action, "note": note})

    def nominate(self, key: str, to_level: str, kind: str = "promotion", hr: str = "hanna") -> None:
        """Nominate oneself and have HR confirm it."""
        form = {"candidate": self.scene.id(key), "move": f"{kind}:{to_level}", "reason": "It is time."}
        self.post(key, "/nominate", form, under=f"/cycles/{self.scene.cycle_id}")
        here = (Case.candidate_id == self.scene.id(key), Case.cycle_id == self.scene.cycle_id)
        case = self.session.scalars(sa.select(Case).where(*here)).one()
        case.committee_id = self.scene.committee_id
        self.case_id = case.id
        self.act(hr, "confirm_eligible")

    def write_case(self, key: str) -> None:
        """Write evidence and self-review on every criterion and send them."""
        for number, criterion in enumerate(self.criteria, 1):
            form = {
                "title": f"Outcome {number} of {key}",
                "done": f"I did what {criterion} asks, for a year.",
                "effect": "Four teams use it.",
                "measure": "Teams that use it",
                "baseline": "0",
                "actual": "4",
                "label-0": "The report",
                "url-0": "https://docs.company.example/report",
                "tags": [criterion],
            }
            self.post(key, "/evidence/new", form)
            words = {"self_review": f"What I did for {criterion}, shown in E{number}.", "version": 0}
            self.post(key, f"/self-review/{criterion}", words)
        self.act(key, "submit_packet")

    def gather_feedback(self, key: str, manager: str, givers: tuple[str, ...] = GIVERS) -> None:
        """Propose givers, have them approved, and let each of them answer."""
        self.post(
            key, "/ask", {"people": [self.scene.id(giver) for giver in givers], "note": "We shipped it together."}
        )
        rows = self.session.scalars(sa.select(Feedback).where(Feedback.case_id == self.case_id)).all()
        names = {self.scene.id(giver): giver for giver in givers}
        for number, giver in [(row.id, names[row.giver_id]) for row in rows if row.giver_id in names]:
            self.post(manager, f"/ask/{number}/approve")
            self.answer(giver, number)

    def answer(self, giver: str, number: int) -> None:
        """Say yes, answer on every criterion, and send."""
        self.post(giver, f"/feedback/{number}/accept")
        for criterion in self.criteria:
            form = {
                "situation": "In the spring release",
                "done": f"{giver} saw it done for {criterion}.",
                "effect": "It held.",
                "rating": "4",
                "version": 0,
            }
            self.post(giver, f"/feedback/{number}?criterion={criterion}", form)
        self.post(giver, f"/feedback/{number}/submit")

    def rate(self, key: str, path: str, value: int = 4, *, cites: bool = True) -> None:
        """Rate every criterion in one round and hand it in."""
        evidence = self.session.scalars(sa.select(Evidence.id).where(Evidence.case_id == self.case_id)).all()
        for place, criterion in enumerate(self.criteria):
            form = {
                "criterion": criterion,
                "value": value,
                "justification": f"{key} finds the target text shown in {criterion}.",
                "cites": [f"e:{evidence[place]}"] if cites else [],
                "change_reason": f"The answers show more in {criterion}." if path == "rating" else "",
                "version": 0,
            }
            self.post(key, f"/{path}", form)
        self.post(key, f"/{path}/hand-in")

    def seal(self, key: str) -> None:
        """Seal the packet and let the printing run."""
        self.act(key, "seal")
        self.run_jobs()

    def run_jobs(self) -> None:
        """Do what a worker would do."""
        with self.client.application.app_context():
            run_inline(db.session(), now=self.now)

    def build(self, candidate: str, manager: str, second_rater: str = "ravi") -> None:
        """Build the case as everybody concerned, up to the seal."""
        self.write_case(candidate)
        self.rate(manager, "first-view", 3, cites=False)
        self.gather_feedback(candidate, manager)
        self.act(manager, "close_feedback")
        self.post("hanna", "/second-rater", {"person": self.scene.id(second_rater)})
        self.rate(second_rater, "second-rating")
        self.rate(manager, "rating")
        self.seal(manager)

    def read_and_vote(self, overall: dict[str, str], chair: str = "clara") -> None:
        """Open and read the packet as each voter, open the voting, and cast every ballot."""
        for member in overall:
            self.post(member, "/packet/open")
            self.post(member, "/read")
        self.note_present(chair, tuple(overall))
        self.post(chair, "/session", {"action": "open_voting"})
        self.vote(overall)

    def note_present(self, chair: str, members: tuple[str, ...]) -> None:
        """Say as the chair who is in the room."""
        self.post(chair, "/session/present", {"present": [self.scene.id(member) for member in members]})

    def vote(self, overall: dict[str, str]) -> None:
        """Cast each member's ballot: the manager's rating on every criterion, and their own answer overall."""
        evidence = self.session.scalars(sa.select(Evidence.id).where(Evidence.case_id == self.case_id)).all()
        for member, answer in overall.items():
            form: dict[str, object] = {"overall": answer, "confidence": "high", "reason": f"{member} thinks so."}
            for place, criterion in enumerate(self.criteria):
                form[f"rating-{criterion}"] = 4
                form[f"reason-{criterion}"] = "The report shows it."
                form[f"cites-{criterion}"] = [f"e:{evidence[place]}"]
            self.post(member, "/ballot", {**form, "version": self._draft_version(member), "then": "check"})
            self.post(member, "/ballot/cast")

    def _draft_version(self, member: str) -> int:
        self.session.commit()
        version = self.session.scalar(
            sa.select(Vote.version)
            .where(Vote.case_id == self.case_id, Vote.person_id == self.scene.id(member))
            .join(Case, sa.and_(Case.id == Vote.case_id, Case.vote_round == Vote.round))
        )
        return version or 0

    def decide(self, chair: str, action: str, rationale: str = "The reports show it.") -> None:
        """Record the decision as the chair."""
        self.post(chair, "/decision", {"action": action, "rationale": rationale, "confirmed": "yes"})

    def name_gap(
        self,
        chair: str,
        criterion: str,
        missing: str = "A second team, without help.",
        review_on: str = "2027-06-01",
    ) -> str:
        """Name a gap by the first sentence of the ladder for the criterion at the target level; return its key."""
        page = BeautifulSoup(self.get(chair, "/decision"), "html.parser")
        offered = [option["value"] for option in page.select("select[name=sentence] option")]
        sentence = next(value for value in offered if str(value).startswith(f"{criterion}/"))
        form = {
            "sentence": sentence,
            "seen": "One team used it.",
            "missing": missing,
            "review_on": review_on,
            "activity": "Lead the next launch.",
        }
        self.post(chair, "/decision/gaps", form)
        return str(sentence)

    def release(self) -> None:
        """Draft the letter, mark it ready, put it in a batch as one HR partner and approve it as another."""
        self.post("hanna", "/letter/draft", {"version": 0})
        letter = self.session.scalars(sa.select(Letter).where(Letter.case_id == self.case_id)).one()
        sent = {"body": letter.body, "letter": letter.id, "version": letter.version, "then": "ready"}
        self.post("hanna", "/letter", sent)
        under = f"/cycles/{self.scene.cycle_id}/release"
        self.post("hanna", "", {"cases": [self.case_id]}, under=under)
        batch = self.session.scalars(sa.select(Release.id).where(Release.approved_at.is_(None))).one()
        self.post("hugo", f"/{batch}/approve", under=under)

    def agree_plan(self, candidate: str, manager: str, due_on: str = "2027-05-01") -> None:
        """Answer every gap in the growth plan and agree to it, candidate and manager."""
        for gap in self.session.scalars(sa.select(Gap.id).where(Gap.case_id == self.case_id)).all():
            form = {
                "gap": gap,
                "activity_free": "Lead the next launch.",
                "goal": "Two teams use it.",
                "due_on": due_on,
                "version": 0,
            }
            self.post(candidate, "/growth-plan/items/new", form)
        for key in (candidate, manager):
            plan = self.session.scalars(sa.select(GrowthPlan).where(GrowthPlan.case_id == self.case_id)).one()
            self.session.refresh(plan)
            self.post(key, "/growth-plan/agree", {"version": plan.version})

    def tokens(self) -> dict[str, str]:
        """Return where the case stands, region by region."""
        self.session.expire_all()
        rows = self.session.execute(
            sa.select(CaseToken.region, CaseToken.state).where(CaseToken.case_id == self.case_id)
        )
        return {row.region: row.state for row in rows}
