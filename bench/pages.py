"""How many statements each page issues, with one row in its lists and with thirty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review import create_app
from review.config import JobsMode, Settings
from review.domain.access import Actor
from review.extensions import db
from review.models import Base, Case, Committee, CommitteeMember, Feedback, Person, RoleGrant
from review.queries.cycle_choices import shipped_policy
from review.services.cases import Nomination, nominate
from review.services.cycles import CyclePlan, create_cycle, open_cycle
from review.services.ladders import publish_ladder
from review.services.sign_ins import open_sign_in
from review.services.transitions import fire, open_item
from review.services.workflows import propose_workflow, publish_workflow
from review.web.guards import SEEN, TOKEN

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
WORKFLOWS = Path(__file__).resolve().parents[1] / "workflows"
DATES = (
    "nomination_deadline",
    "packet_deadline",
    "feedback_deadline",
    "calibration_date",
    "announcement_date",
    "effective_date",
)
FEW, MANY = 1, 30
HELD = {"hr": "hr", "second-hr": "hr", "chair": "executive", "giver": "appeals"}
FIXED = ("hr", "second-hr", "manager", "giver", "chair")


@dataclass(frozen=True, slots=True)
class Counted:
    """A page and how many statements it took, sign-in included, with few rows and with many."""

    page: str
    few: int
    many: int

    @property
    def grows(self) -> bool:
        """Tell whether more rows cost more statements."""
        return self.many > self.few


def count_statements(folder: Path) -> tuple[Counted, ...]:
    """Build two companies below a folder, one with few cases and one with many, and count on both."""
    few, many = (_count(folder / f"{size}.db", size) for size in (FEW, MANY))
    return tuple(Counted(page, few[page], many[page]) for page in few)


def _count(path: Path, size: int) -> dict[str, int]:
    app = make_app(path)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        people, case = found_company(db.session(), size)
        pages = _pages(case)
        clients = {key: _sign_in(app, person) for key, (person, _) in people.items() if key in FIXED or key == "c0"}
    counted = {}
    for name, (who, url) in pages.items():  # outside of any context, so that each request begins with its own
        clients[who].get(url)
        with listening() as issued:
            answer = clients[who].get(url)
        if answer.status_code != 200:
            raise RuntimeError(f"{url} answered {answer.status_code}")
        counted[name] = len(issued)
    with app.app_context():
        db.engine.dispose()
    return counted


def _pages(case: Case) -> dict[str, tuple[str, str]]:
    """Return each page with who opens it."""
    cycle, number = case.cycle_id, case.id
    return {
        "home of HR": ("hr", "/"),
        "home of a manager": ("manager", "/"),
        "home of a giver": ("giver", "/"),
        "asked of me": ("giver", "/asked"),
        "committee": ("chair", "/committee"),
        "cycles": ("hr", "/cycles"),
        "cycle": ("hr", f"/cycles/{cycle}"),
        "nominate": ("hr", f"/cycles/{cycle}/nominate"),
        "committees": ("hr", f"/cycles/{cycle}/committees"),
        "make-up": ("hr", f"/cycles/{cycle}/committees/make-up"),
        "calibration grid": ("hr", f"/cycles/{cycle}/grid"),
        "release": ("hr", f"/cycles/{cycle}/release"),
        "case": ("c0", f"/cases/{number}"),
        "ask for feedback": ("c0", f"/cases/{number}/ask"),
        "self-review": ("c0", f"/cases/{number}/self-review/hard-skills"),
        "first view": ("manager", f"/cases/{number}/first-view"),
        "people": ("hr", "/people"),
        "ladders": ("hr", "/ladders"),
        "workflows": ("hr", "/workflows"),
        "delegations": ("manager", "/delegations"),
        "record": ("hr", "/audit"),
    }


def make_app(path: Path, database_url: str = "") -> Flask:
    """Return the app on a database of its own, a file unless another one is named; its clock is stopped."""
    settings = Settings(
        database_url=database_url or f"sqlite:///{path}",
        secret_key="s" * 40,
        audit_key="a" * 40,
        var_dir=path.parent,
        files_dir=path.parent,
        mail=f"file:{path.parent / 'mail'}",
        jobs=JobsMode.INLINE,
        is_testing=True,
    )
    app = create_app(settings)
    app.extensions["clock"] = lambda: NOW
    return app


def found_company(session: Session, size: int) -> tuple[dict[str, tuple[int, Actor]], Case]:
    """Found a company with so many candidates, each with a case being built and a giver asked."""
    people = _people(session, size)
    hr, second = people["hr"][1], people["second-hr"][1]
    cycle_id = _cycle(session, hr, second)
    committee = Committee(cycle_id=cycle_id, name="Committee")
    session.add(committee)
    session.flush()
    session.add(CommitteeMember(committee_id=committee.id, person_id=people["chair"][0], role="chair"))
    cases = []
    for number in range(size):
        person, actor = people[f"c{number}"]
        case = nominate(session, cycle_id, Nomination(person, "promotion", "staff-pm"), actor=actor, now=NOW)
        case.committee_id = committee.id
        fire(session, case.id, "confirm_eligible", actor=hr, now=NOW)
        item = Feedback(giver_id=people["giver"][0], function="Design", proposed_by_id=person, criteria=[])
        open_item(session, case.id, item, actor=actor, now=NOW)
        item.state = "asked"
        cases.append(case)
    session.commit()
    return people, cases[0]


def _people(session: Session, size: int) -> dict[str, tuple[int, Actor]]:
    rows = {key: Person(external_id=key, name=key.title(), function="Design", title="Lead") for key in FIXED}
    for number in range(size):
        rows[f"c{number}"] = Person(
            external_id=f"c{number}",
            name=f"Candidate {number:02d}",
            function="Product",
            title="Senior PM",
            level_id="senior-pm",
            level_since_on=date(2022, 1, 1),
        )
    session.add_all(rows.values())
    session.flush()
    for key, row in rows.items():
        if key.startswith("c") and key != "chair":
            row.manager_id = rows["manager"].id
        if key in HELD:
            session.add(RoleGrant(person_id=row.id, role=HELD[key], granted_at=NOW))
    session.flush()
    return {
        key: (row.id, Actor(row.id, row.name, frozenset({HELD[key]} if key in HELD else ())))
        for key, row in rows.items()
    }


def _cycle(session: Session, hr: Actor, second: Actor) -> int:
    source = (WORKFLOWS / "ladders" / "product-management.yaml").read_text(encoding="utf-8")
    ladder = publish_ladder(session, source, file="product-management.yaml", actor=hr, now=NOW)
    beside = {name: (WORKFLOWS / name).read_text(encoding="utf-8") for name in ("ic.yaml", "management.yaml")}
    versions = {}
    for key in ("ic", "management"):
        file = f"{key}.yaml"
        row = propose_workflow(session, beside[file], actor=hr, now=NOW, file=file, beside=beside)
        versions[key] = publish_workflow(session, row.id, actor=second, now=NOW).id
    plan = CyclePlan(
        code="B",
        name="Bench",
        zone="UTC",
        country=None,
        ladder_version_id=ladder.id,
        workflows={"ic": versions["ic"], "people": versions["management"]},
        dates={name: NOW.date() + timedelta(days=10 * place + 10) for place, name in enumerate(DATES)},
        required_functions=(),
        policy=shipped_policy(),
    )
    cycle = create_cycle(session, plan, actor=hr, now=NOW)
    open_cycle(session, cycle.id, actor=hr, now=NOW)
    return cycle.id


def _sign_in(app: Flask, person_id: int) -> FlaskClient:
    token = open_sign_in(db.session(), person_id, now=NOW)
    db.session.commit()
    client = app.test_client()
    with client.session_transaction() as kept:
        kept[TOKEN], kept[SEEN] = token, int(NOW.timestamp())
    return client


@contextmanager
def listening() -> Iterator[list[str]]:
    """List the statements issued meanwhile, transaction control left out."""
    issued: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
            issued.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield issued
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
