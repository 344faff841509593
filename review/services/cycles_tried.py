"""What is tried before a cycle opens: a mail to oneself, sent as every other mail is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import NotAllowed, TransitionRefused
from review.domain.text import text
from review.models import Person
from review.queries.checklist_people import MAIL_TEST, mail_key
from review.queries.cycles import lock_cycle
from review.services import audit
from review.services.cycles import require_hr
from review.services.cycles_in_draft import require_draft
from review.services.messages import enqueue_message


def send_mail_test(session: Session, cycle_id: int, *, actor: Actor, now: datetime) -> str:
    """Write a test mail to whoever asks into the outbox; return their address.

    Raises NotAllowed, NotFound, TransitionRefused once the cycle is open, or for somebody without an address.
    """
    require_hr(actor)
    cycle = lock_cycle(session, cycle_id)
    require_draft(cycle.state)
    if actor.person_id is None:
        raise NotAllowed(text("Only an HR partner runs cycles"))
    address = session.get_one(Person, actor.person_id).email
    if not address:
        raise TransitionRefused([text("Your record has no e-mail address")])
    enqueue_message(
        session,
        key=f"{mail_key(cycle.id)}{actor.person_id}:{now.isoformat()}",
        to_person_id=actor.person_id,
        template=MAIL_TEST,
        params={"place": f"cycle:{cycle.id}"},
        case_id=None,
        now=now,
    )
    audit.record(session, "cycle.mail_test", actor=actor, now=now, subject_type="cycle", subject_id=cycle.id)
    return address
