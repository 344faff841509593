"""Whoever is put out is out: no request is served afterwards, and what was on its way changes nothing any more."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from bench.fault_ground import Ground
from bench.fault_leavers import Leaver, check_leaver, measure_leavers
from review.config import Settings
from review.domain.errors import NoLongerHere
from review.models import AuditEvent, Person, SelfReview
from review.services import audit
from review.services.evidence import save_self_review
from review.services.people import deactivate
from review.services.transitions import fire
from review.web.guards import load_signed_in
from tests.factories import open_case_of, open_scene
from tests.rivals import let_second_come_late
from tests.signed_in import Door, words


@pytest.mark.both_databases
def test_nobody_is_served_after_leaving(database_url: str, tmp_path: Path) -> None:
    figures = measure_leavers(Ground(tmp_path, is_quick=True, database_url=database_url), leavers=1)
    counted = {"deactivated": 1, "deactivated_served": 0, "deactivated_written": 0}
    assert {name: figures[name] for name in counted} == counted
    assert min(int(str(figures[name])) for name in ("deactivated_before", "deactivated_asked")) > 0


def test_who_is_served_after_leaving_is_found() -> None:
    leaver = Leaver(1, {}, 0, [(1.0, True), (2.0, False), (3.0, True), (3.5, False)])
    assert check_leaver(leaver, 2.5) == {"deactivated_before": 1, "deactivated_asked": 2, "deactivated_served": 1}


@pytest.mark.both_databases
def test_a_save_that_waits_for_a_leaving_is_refused(session: Session, settings: Settings, now: datetime) -> None:
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    case_id, ben = case.id, scene.actor("ben")
    deactivate(session, scene.id("ben"), actor=scene.actor("hanna"), now=now)

    def save(own: Session) -> None:
        try:
            save_self_review(own, case_id, "leadership", "Late.", version=0, actor=ben, now=now)
        except NoLongerHere:
            own.rollback()
            raise

    assert let_second_come_late(session, settings, save, "audit_head") == ""
    assert session.scalars(sa.select(SelfReview)).all() == []
    last = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).one()
    assert (last.kind, audit.find_break(session)) == ("person.leave", None)


def test_who_left_while_saving_is_told_as_at_the_next_request(
    client: FlaskClient, session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    door = Door(client, session, now, scene.company.ids).enter("ben")

    def leave_after_the_look(request: object) -> object:
        found = load_signed_in(request)
        session.execute(sa.update(Person).where(Person.id == scene.id("ben")).values(is_active=False))
        session.commit()
        return found

    monkeypatch.setattr(client.application.login_manager, "_request_callback", leave_after_the_look)  # type: ignore[attr-defined]
    answer = door.post(f"/cases/{case.id}/self-review/leadership", data={"self_review": "Kept on\nthe page."})
    assert (answer.status_code, "Kept on\nthe page." in answer.get_data(as_text=True)) == (401, True)
    assert "You were signed out while writing" in words(answer)
    gone = door.post(f"/cases/{case.id}/self-review/charm", data={"self_review": "Nothing."})
    assert gone.status_code == 401
