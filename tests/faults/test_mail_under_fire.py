"""No mail is missing however often its sender is killed; whoever has lost the right meanwhile gets none."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.fault_ground import Ground
from bench.fault_mail import Inbox, check_mail, measure_mail
from review.models import Message, Person
from tests.conftest import NOW

KILLS = 4
GONE = "gone@lost.example"


@pytest.mark.both_databases
def test_every_mail_arrives_and_none_without_right(database_url: str, tmp_path: Path) -> None:
    figures = measure_mail(Ground(tmp_path, is_quick=True, database_url=database_url), kills=KILLS)
    counted = {"mails_kills": KILLS, "mails_missing": 0, "mails_without_right": 0}
    assert {name: figures[name] for name in counted} == counted
    assert figures["mails_acknowledged"] == figures["mails_due"]
    assert min(int(str(figures[name])) for name in ("mails_due", "mails_held_back")) > 0


def test_what_is_missing_doubled_or_without_right_is_found(session: Session) -> None:
    people = [Person(external_id=email, name=email, email=email) for email in ("here@company.example", GONE)]
    session.add_all(people)
    session.flush()
    for number, person in enumerate([people[0], people[0], people[1]]):
        row = {"to_person_id": person.id, "template": "overdue", "created_at": NOW, "due_at": NOW}
        session.add(Message(key=str(number), sent_at=NOW if number == 0 else None, **row))
    session.flush()
    assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 3
    inbox = Inbox(Random(0), 0, taken=[("id: 0", "here@company.example")] * 2 + [("id: 2", GONE)])
    assert check_mail(session, inbox, [GONE]) == {
        "mails_due": 2,
        "mails_acknowledged": 1,
        "mails_missing": 2,
        "mails_doubled": 1,
        "mails_without_right": 1,
        "mails_held_back": 1,
    }
