"""The company that pages and saves are measured on, and how many statements each of them takes."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from bench.browsers import browse_as, visit
from bench.many_cases import found_many
from bench.pages import NOW, found_company, listening
from bench.reviews import AWAITED, fill_cycle, found_grown
from review.domain.access import Actor
from review.models import Case, Feedback, Person
from review.services.ratings import RatingDraft, save_line
from review.services.sign_ins import hash_password
from review.services.transitions import open_item

WRITERS = 8
OWN, FLOOR = "hard-skills", "leadership"
"""The criterion that the product's own save writes, and that of the bare one."""
SOUGHT = "2"
"""What is searched for: stands in the name or the number of one case in four."""
EMAIL, PASSWORD = "manager@bench.example", "correct horse battery"
WORDS = "In spring two teams disagreed about the price of a berth, and both had signed by June. " * 6


@dataclass(frozen=True, slots=True)
class Company:
    """A company with cases, and for each reader what a request of theirs carries."""

    cycle_id: int
    exported_id: int  # the cycle with thousands of cases
    grown_id: int | None  # that with ten times the cases; None: there is none
    case_id: int
    headers: dict[str, dict[str, str]]
    requests: tuple[tuple[int, int], ...]  # of each writer: case and feedback


def list_pages(company: Company, *, of: int | None = None) -> dict[str, tuple[str, str, str]]:
    """Return each page: who opens it, its address, and that of the bare page on the same rows.

    Args:
        of: the cycle whose lists they are; None: that of a thousand cases.
    """
    cycle, many, case = of or company.cycle_id, company.exported_id, company.case_id
    return {
        "cases_1000": ("hr", f"/cycles/{cycle}?whole=y", f"/cases/{cycle}?whole=y"),
        "cases_50": ("hr", f"/cycles/{cycle}", f"/cases/{cycle}"),
        "search": ("hr", f"/cycles/{cycle}?words={SOUGHT}", f"/cases/{cycle}?words={SOUGHT}"),
        "export": ("hr", f"/cycles/{many}/cases.csv", f"/cases/{many}.csv"),
        "committees": ("hr", f"/cycles/{cycle}/committees", f"/committees/{cycle}"),
        "board": ("hr", f"/cycles/{cycle}/feedback", f"/requests/{cycle}"),
        "ask": ("c0", f"/cases/{case}/ask", f"/asked/{case}"),
        "todo": ("manager", "/", "/todo"),
        "case": ("c0", f"/cases/{case}", f"/case/{case}"),
        "rating_form": ("manager", f"/cases/{case}/first-view?criterion={OWN}", f"/form/{case}/{OWN}"),
    }


def count_statements(app: Flask, company: Company) -> dict[str, int]:
    """Return the statements of each page, sign-in included, and of a save."""
    counted, case = {}, company.case_id
    client = app.test_client(use_cookies=False)
    for name, (who, path, _) in list_pages(company).items():
        client.get(path, headers=company.headers[who])
        with listening() as issued:
            answer = client.get(path, headers=company.headers[who])
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        counted[name] = len(issued)
    writer, (of, feedback) = company.headers[f"w{WRITERS + 1}"], company.requests[WRITERS + 1]
    saves = {
        "sign_in": ("/sign-in", {"email": EMAIL, "password": PASSWORD}, company.headers["stranger"]),
        "save": (
            f"/cases/{case}/first-view",
            {"criterion": "accountability", "value": "4", "version": "0"},
            company.headers["manager"],
        ),
        "autosave": (f"/cases/{of}/feedback/{feedback}?criterion={OWN}", {"done": "x", "version": "0"}, writer),
    }
    for name, (path, data, headers) in saves.items():
        with listening() as issued:
            answer = client.post(path, data=data, headers=headers)
        if answer.status_code != 303:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        counted[name] = len(issued)
    return counted


def found_measured(app: Flask, session: Session, *, is_quick: bool = True) -> Company:
    """Found a company; writers are asked for feedback, and a first rating is begun twice.

    A thousand cases are in the cycle that is listed; where it is not to be quick, another one has ten times as many.
    """
    people, case = found_company(session, AWAITED)
    cases = session.scalars(sa.select(Case).order_by(Case.id)).all()
    requests = []
    for number in range(WRITERS + 2):
        row = Person(external_id=f"w{number}", name=f"Writer {number}", function="Design", title="Lead")
        session.add(row)
        session.flush()
        people[f"w{number}"] = row.id, Actor(row.id, row.name, frozenset())
        item = Feedback(giver_id=row.id, function="Design", proposed_by_id=case.manager_id, criteria=[])
        open_item(session, cases[number].id, item, actor=people["manager"][1], now=NOW)
        item.state = "writing"
        requests.append((cases[number].id, item.id))
    manager = people["manager"][1]
    known = sa.update(Person).where(Person.id == manager.person_id)
    session.execute(known.values(email=EMAIL, password_hash=hash_password(PASSWORD), must_change_password=False))
    for criterion in (OWN, FLOOR):
        save_line(session, case.id, "first", criterion, RatingDraft(3, False, WORDS), version=0, actor=manager, now=NOW)
    exported = found_many(session, case, fill_cycle(session, case))
    grown = None if is_quick else found_grown(session, case)
    session.commit()
    _settle(session)
    names = ("hr", "manager", "c0", *(f"w{number}" for number in range(WRITERS + 2)))
    headers = {name: browse_as(app, session, people[name][0]) for name in names}
    headers["stranger"] = visit(app)
    return Company(case.cycle_id, exported, grown, case.id, headers, tuple(requests))


def _settle(session: Session) -> None:
    """Let the database learn how large its tables are and clear up in them, as a server that runs does by itself."""
    session.commit()
    engine = session.get_bind().engine
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE")
