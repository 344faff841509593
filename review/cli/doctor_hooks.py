"""What `dualtrack doctor` finds about hooks: calls that nobody makes, hooks that were switched off by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.cli.doctor_places import Finding
from review.domain.text import plural
from review.models import Hook, HookDelivery

LATE = timedelta(hours=1)


def find_in_hooks(session: Session, *, now: datetime) -> Iterator[Finding]:
    """Yield calls that have been due for long, and hooks that nobody switched off by hand."""
    is_late = (HookDelivery.ended_at.is_(None), HookDelivery.due_at < now - LATE)
    if late := session.scalar(sa.select(sa.func.count(HookDelivery.id)).where(*is_late)):
        what = plural("%(count)s call of a hook has", "%(count)s calls of hooks have", late)
        yield Finding(
            f"{what} been due for over an hour.",
            "Look whether `dualtrack serve` or `dualtrack worker` runs: a worker calls hooks.",
        )
    off = sa.select(Hook.name, Hook.off_why).where(Hook.off_at.is_not(None), Hook.off_why != "").order_by(Hook.id)
    for name, why in session.execute(off):
        yield Finding(f"The hook {name} was switched off: {why}.", "Its owner can switch it on under Integrations.")
