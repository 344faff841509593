"""What `bench web` compares is comparable: the bare pages show the rows of the product's, a save is a save in both."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from bench import floor
from bench.many_cases import EXPORTED
from bench.pages import make_app
from bench.reviews import CASES, OWN_PEOPLE, REVIEWERS, REVIEWS_A_CASE, SENTENCE
from bench.web_company import EMAIL, FLOOR, OWN, PASSWORD, Company, count_statements, found_measured, list_pages
from review.extensions import db
from review.models import Base, Case, Feedback, FeedbackAnswer, RatingLine

MOST = {
    "cases_1000": 4, "cases_50": 4, "search": 4, "export": 3, "committees": 11, "board": 4, "ask": 7, "todo": 3,
    "case": 5, "rating_form": 5, "sign_in": 8, "save": 9, "autosave": 10,
}  # fmt: skip
CODE = re.compile(r"(?<![\w-])B2?-\d+(?![\w-])")  # not within a form's token


def read(client: FlaskClient, company: Company, who: str, path: str) -> str:
    answer = client.get(path, headers=company.headers[who])
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def count_rows(session: Session, cycle_id: int) -> tuple[int, int, int, int, int]:
    """Return the cases of a cycle, their reviews, who wrote them, and how many scores and words each review has."""
    reviews = (
        sa.select(Feedback.id, Feedback.giver_id, sa.func.count().label("scores"))
        .join(Case, Case.id == Feedback.case_id)
        .join(FeedbackAnswer, FeedbackAnswer.feedback_id == Feedback.id)
        .where(Case.cycle_id == cycle_id, Feedback.state == "submitted", FeedbackAnswer.value.is_not(None))
        .group_by(Feedback.id, Feedback.giver_id)
        .subquery()
    )
    cases = session.scalar(sa.select(sa.func.count()).where(Case.cycle_id == cycle_id)) or 0
    counts = sa.func.count(), sa.func.count(reviews.c.giver_id.distinct()), sa.func.min(reviews.c.scores)
    number, givers, scores = session.execute(sa.select(*counts).select_from(reviews)).one()
    return cases, number, givers, scores, scores * len(SENTENCE.split())


def test_the_bare_pages_are_of_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(tmp_path / "web.db")
    app.extensions["clock"] = lambda: datetime.now(UTC)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        company = found_measured(app, db.session())
        assert count_rows(db.session(), company.cycle_id) == (CASES, REVIEWS_A_CASE * CASES, REVIEWERS, 4, 60)
    monkeypatch.setenv("FLOOR_DATABASE", f"sqlite:///{tmp_path / 'web.db'}")
    monkeypatch.setenv("SECRET_KEY", app.config["SECRET_KEY"])
    own, bare = app.test_client(use_cookies=False), floor.app.test_client(use_cookies=False)
    shown = {
        name: [set(CODE.findall(read(client, company, who, path))) for client, path in ((own, mine), (bare, theirs))]
        for name, (who, mine, theirs) in list_pages(company).items()
    }
    assert {name: len(mine) for name, (mine, _) in shown.items()} == {
        "cases_1000": CASES,
        "cases_50": 50,
        "search": 50,
        "export": EXPORTED,
        "committees": 50,
        "board": 50,
        "ask": 1,
        "todo": OWN_PEOPLE,
        "case": 1,
        "rating_form": 1,
    }
    assert [mine == theirs for name, (mine, theirs) in shown.items() if name != "rating_form"] == [True] * 9
    saved = {"justification": "Shown.", "value": "4", "version": "1"}
    kept = bare.post(f"/form/{company.case_id}/{FLOOR}", data=saved, headers=company.headers["manager"])
    again = bare.post(f"/form/{company.case_id}/{FLOOR}", data=saved, headers=company.headers["manager"])
    assert (kept.status_code, again.status_code) == (303, 409)
    given = {"email": EMAIL, "password": PASSWORD}
    entered = bare.post("/sign-in", data=given, headers=company.headers["manager"])
    assert (entered.status_code, entered.location) == (303, "/")
    counted = count_statements(app, company)
    assert {name: counted[name] <= most for name, most in MOST.items()} == dict.fromkeys(MOST, True), counted
    with app.app_context():
        versions = db.session().execute(sa.select(RatingLine.criterion_id, RatingLine.version)).all()
        assert dict(versions) == {OWN: 1, FLOOR: 2, "accountability": 1}  # type: ignore[arg-type]
        db.engine.dispose()
    floor.app.extensions.pop("engine").dispose()
