"""Links by which a forgotten password is set anew: made as their mail is sent, good once and for an hour."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from review.models import PasswordReset
from review.services.invite_links import TOKEN_BYTES, hash_token

FORGOTTEN = "password_forgotten"
PLACE = "/sign-in/new-password/"
LASTS = timedelta(hours=1)


def make_reset_path(session: Session, person_id: int, *, now: datetime) -> str:
    """Make a link and return its path, which is in the mail and nowhere else."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(PasswordReset(person_id=person_id, token_hash=hash_token(token), until_at=now + LASTS))
    session.flush()
    return f"{PLACE}{token}"
