"""What a double click and a lost answer do: forms sent twice at once, and again where a proxy has cut the answer."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.browsers import browse_as
from bench.fault_ground import Ground, founding, installed, serving_site
from bench.pages import found_company
from bench.servers import PATIENCE_SECONDS
from bench.voters import Browser
from review.config import Settings
from review.extensions import make_engine
from review.models import AuditEvent, Case, Committee, Cycle, Delegation, Evidence, Feedback, Person

SUBMISSIONS = {True: 15, False: 500}
"""How many forms are sent on each database; True: quick."""
CUT_EACH = 3
"""Each third answer is cut."""
CLERKS = 4
ACCEPTED = frozenset({303, 422})
"""422: a second committee of the same name is refused in words."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it was rendered once: where it is sent, what is in it, and what counts its effects."""

    browser: Browser
    path: str
    fields: dict[str, str]
    effects: sa.Select[Any]
    is_clicked_twice: bool


class CuttingProxy(ThreadingHTTPServer):
    """Hands requests on to a server; of the answers it cuts each third, after the server has done the work."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind, self.numbers, self.cut, self.lock = port, count(1), 0, threading.Lock()

    def is_next_cut(self) -> bool:
        """Tell whether the answer that has just come is one to cut."""
        with self.lock:
            is_cut = next(self.numbers) % CUT_EACH == 0
            self.cut += is_cut
            return is_cut


class _Handler(BaseHTTPRequestHandler):
    server: CuttingProxy

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        behind = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=PATIENCE_SECONDS)
        behind.request("POST", self.path, body, dict(self.headers))
        answer = behind.getresponse()
        content = answer.read()
        behind.close()
        if self.server.is_next_cut():
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """Say nothing of each request."""


@contextmanager
def cutting(port: int) -> Iterator[CuttingProxy]:
    """Run the proxy before a server."""
    proxy = CuttingProxy(port)
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()


def measure_forms(ground: Ground, *, submissions: int | None = None) -> dict[str, object]:
    """Send so many forms; return how many answers were cut and how many effects are missing or there twice."""
    settings = installed(ground.folder, ground.url)
    with serving_site(settings) as port, cutting(port) as proxy:
        forms = _render(settings, proxy.server_port, submissions or SUBMISSIONS[ground.is_quick])
        with ThreadPoolExecutor(CLERKS) as pool:
            statuses = Counter(status for each in pool.map(_send, forms) for status in each)
    if unexpected := statuses.keys() - ACCEPTED:
        raise RuntimeError(f"answered with {sorted(unexpected)}: {statuses}")
    engine = make_engine(settings)
    with Session(engine) as session:
        found = check_forms(session, forms)
    engine.dispose()
    return {"submissions": len(forms), "submissions_cut": proxy.cut, **found}


def _send(form: Form) -> list[int]:
    """Send a form until it is answered; one in two is clicked twice."""
    with ThreadPoolExecutor(2) as pool:
        clicks = [pool.submit(form.browser.press, form.path, form.fields) for _ in range(1 + form.is_clicked_twice)]
        return [click.result()[0] for click in clicks]


def check_forms(session: Session, forms: list[Form]) -> dict[str, int]:
    """Count the effects of each form: one is right."""
    effects = [session.scalar(form.effects) or 0 for form in forms]
    return {
        "submissions_acknowledged": len(forms),
        "submissions_missing": sum(each == 0 for each in effects),
        "submissions_doubled": sum(max(each - 1, 0) for each in effects),
    }


def _render(settings: Settings, port: int, wanted: int) -> list[Form]:
    """Render so many forms of five kinds, each with its key."""
    with founding(settings) as (app, session):
        people, case = found_company(session, 2)
        hr, manager, candidate = (browse_as(app, session, people[key][0]) for key in ("hr", "manager", "c0"))
        rows = [Person(external_id=f"a{n}", name=f"Asked {n}", function="Data", title="Lead") for n in range(wanted)]
        session.add_all(rows)
        session.flush()
        cycle = session.get_one(Cycle, case.cycle_id)
        makers: list[Callable[[int], tuple[dict[str, str], str, dict[str, str], sa.Select[Any]]]] = [
            lambda n: (candidate, *_evidence(case, n)),
            lambda n: (manager, *_ask(case, rows[n].id)),
            lambda n: (hr, *_committee(cycle, n)),
            lambda n: (browse_as(app, session, rows[n].id), *_delegation(rows[n], rows[n - 1])),
            lambda n: (hr, *_leaving(rows[n].id)),
        ]
        forms = []
        for number in range(wanted):
            headers, path, fields, effects = makers[number % len(makers)](number)
            keyed = {**fields, "request_key": f"form-{number}"}
            forms.append(Form(Browser(port, headers), path, keyed, effects, is_clicked_twice=number % 4 < 2))
        return forms


Made = tuple[str, dict[str, str], sa.Select[Any]]


def _count(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(sa.func.count()).where(*conditions)


def _evidence(case: Case, number: int) -> Made:
    title = f"Outcome {number}"
    fields = {"title": title, "done": "Agreed.", "effect": "Signed.", "tags": "hard-skills"}
    return f"/cases/{case.id}/evidence/new", fields, _count(Evidence.case_id == case.id, Evidence.title == title)


def _ask(case: Case, giver: int) -> Made:
    effects = _count(Feedback.case_id == case.id, Feedback.giver_id == giver)
    return f"/cases/{case.id}/ask", {"people": str(giver), "note": "Please."}, effects


def _committee(cycle: Cycle, number: int) -> Made:
    name = f"Committee {number}"
    return f"/cycles/{cycle.id}/committees", {"name": name}, _count(Committee.name == name)


def _delegation(lender: Person, delegate: Person) -> Made:
    days = {"from_on": "2099-01-01", "until_on": "2099-01-02"}
    effects = _count(Delegation.person_id == lender.id)
    return "/delegations", {"delegate": delegate.external_id, "reason": "Away.", **days}, effects


def _leaving(person: int) -> Made:
    effects = _count(AuditEvent.kind == "person.leave", AuditEvent.subject_id == person)
    return f"/people/{person}/leave", {}, effects
