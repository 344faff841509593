"""What `bench web` compares is comparable: the bare pages show the rows of the product's, a save is a save in both."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bench import floor
from bench.many_cases import EXPORTED
from bench.pages import make_app
from bench.web import CASES, EMAIL, FLOOR, OWN, PASSWORD, Company, count_statements, found_measured, list_pages
from review.extensions import db
from review.models import Base, RatingLine

MOST = {
    "cases_50": 4, "search": 4, "export": 3, "committees": 11, "board": 6, "ask": 7, "todo": 3, "case": 6,
    "rating_form": 6, "sign_in": 8, "save": 9, "autosave": 10,
}  # fmt: skip
CODE = re.compile(r"(?<![\w-])B2?-\d+(?![\w-])")  # not within a form's token


def read(client: FlaskClient, company: Company, who: str, path: str) -> str:
    answer = client.get(path, headers=company.headers[who])
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_the_bare_pages_are_of_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(tmp_path / "web.db")
    app.extensions["clock"] = lambda: datetime.now(UTC)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        company = found_measured(app, db.session())
    monkeypatch.setenv("FLOOR_DATABASE", f"sqlite:///{tmp_path / 'web.db'}")
    monkeypatch.setenv("SECRET_KEY", app.config["SECRET_KEY"])
    own, bare = app.test_client(use_cookies=False), floor.app.test_client(use_cookies=False)
    shown = {
        name: [set(CODE.findall(read(client, company, who, path))) for client, path in ((own, mine), (bare, theirs))]
        for name, (who, mine, theirs) in list_pages(company).items()
    }
    assert {name: len(mine) for name, (mine, _) in shown.items()} == {
        "cases_50": CASES,
        "search": 19,
        "export": EXPORTED,
        "committees": CASES,
        "board": CASES,
        "ask": 1,
        "todo": CASES,
        "case": 1,
        "rating_form": 1,
    }
    assert [mine == theirs for name, (mine, theirs) in shown.items() if name != "rating_form"] == [True] * 8
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
