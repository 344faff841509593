"""Whether a deactivated person is out: eight ask without a pause while HR puts them out; none is served afterwards."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.browsers import browse_as
from bench.fault_ground import Ground, founding, installed, serving_site
from bench.pages import found_company
from bench.servers import Call
from bench.voters import Browser
from review.extensions import make_engine
from review.models import AuditEvent

LEAVERS = {True: 1, False: 25}
"""How many people leave on each database; True: quick."""
THREADS, BEFORE, AFTER = 8, 12, 16
"""How many ask at once, and how many answers come before and after the leaving at the least."""
SAVED, SERVED = 303, frozenset({200, 303, 409})
LOOK_SECONDS = 0.005
LONGEST = 1800.0


@dataclass(slots=True)
class Leaver:
    """Somebody's browsers, all asking at once; when each request was sent, and whether it was served."""

    case_id: int
    headers: dict[str, str]
    port: int
    answers: list[tuple[float, bool]] = field(default_factory=list)

    def ask_until(self, is_over: Event, place: int) -> None:
        """Open the case and save a draft by turns."""
        version = 0
        while not is_over.is_set():
            began = time.monotonic()
            if place % 2:
                is_served = Call(self.port, f"/cases/{self.case_id}/", headers=self.headers).send()[0] == 200
            else:
                path = f"/cases/{self.case_id}/self-review/{('hard-skills', 'leadership')[place % 4 // 2]}"
                fields = {"self_review": f"Written {place} {version}", "version": str(version)}
                status, _, _ = Browser(self.port, self.headers).press(path, fields)
                is_served = status in SERVED
                version += status == SAVED
            self.answers.append((began, is_served))


def measure_leavers(ground: Ground, *, leavers: int | None = None) -> dict[str, object]:
    """Put people out while they ask; return how many requests were served before, and after."""
    settings = installed(ground.folder, ground.url)
    wanted = leavers or LEAVERS[ground.is_quick]
    found = Counter[str]()
    with founding(settings) as (app, session):
        people, _ = found_company(session, wanted)
        headers = {key: browse_as(app, session, number) for key, (number, _) in people.items()}
    engine = make_engine(settings)
    with serving_site(settings) as port:
        for number in range(wanted):
            leaver = Leaver(number + 1, headers[f"c{number}"], port)
            left_at = _leave(leaver, people[f"c{number}"][0], Browser(port, headers["hr"]))
            found.update(check_leaver(leaver, left_at))
            with Session(engine) as session:
                found["deactivated_written"] += count_late_writes(session, people[f"c{number}"][0])
    engine.dispose()
    return {"deactivated": wanted, **found}


def _leave(leaver: Leaver, person_id: int, hr: Browser) -> float:
    """Let eight ask, put the person out meanwhile, go on asking; return when HR was answered."""
    is_over = Event()
    with ThreadPoolExecutor(THREADS) as pool:
        asking = [pool.submit(leaver.ask_until, is_over, place) for place in range(THREADS)]
        try:
            _wait(leaver, BEFORE)
            status, text, _ = hr.press(f"/people/{person_id}/leave", {})
            left_at = time.monotonic()
            if status != 303:
                raise RuntimeError(f"leaving was answered {status}: {text[:2000]}")
            _wait(leaver, len(leaver.answers) + THREADS + AFTER)
        finally:
            is_over.set()
        for each in asking:
            each.result(LONGEST)
    return left_at


def _wait(leaver: Leaver, answers: int) -> None:
    end = time.monotonic() + LONGEST
    while len(leaver.answers) < answers:
        time.sleep(LOOK_SECONDS)
        if time.monotonic() > end:
            raise RuntimeError("nobody is answered")


def check_leaver(leaver: Leaver, left_at: float) -> dict[str, int]:
    """Count who was served; what was sent before HR's answer came may have been."""
    served = [began for began, is_served in leaver.answers if is_served]
    after = [began for began, _ in leaver.answers if began > left_at]
    return {
        "deactivated_before": len([began for began in served if began <= left_at]),
        "deactivated_asked": len(after),
        "deactivated_served": len([began for began in served if began > left_at]),
    }


def count_late_writes(session: Session, person_id: int) -> int:
    """Count what the trail has of somebody after their leaving."""
    left = sa.select(sa.func.max(AuditEvent.seq)).where(
        AuditEvent.kind == "person.leave", AuditEvent.subject_id == person_id
    )
    late = sa.select(sa.func.count()).where(AuditEvent.actor_id == person_id, AuditEvent.seq > left.scalar_subquery())
    return session.scalar(late) or 0
