"""What `dualtrack doctor` finds about signing in: the identity provider, and tokens of a directory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.cli.doctor_places import Finding
from review.config import Settings
from review.domain.identity import ProviderAway
from review.models import ScimToken

OLD_TOKEN = timedelta(days=365)


def find_in_provider(settings: Settings, *, now: datetime) -> Iterator[Finding]:
    """Yield an identity provider that does not answer, or publishes no keys that can be used."""
    if settings.sign_in.provider is None:
        return
    from review.adapters.oidc import IdentityProvider

    provider = IdentityProvider(settings.sign_in.provider, f"{settings.public_url}/sign-in/provider/back")
    try:
        provider.find_doors(now=now)
        provider.find_keys(now=now)
    except ProviderAway as away:
        yield Finding(f"Nobody can sign in through the identity provider: {away}.", "Look at OIDC_ISSUER and at it.")


def find_in_tokens(session: Session, *, now: datetime) -> Iterator[Finding]:
    """Yield tokens of a directory that are old."""
    old = sa.select(ScimToken.name).where(ScimToken.revoked_at.is_(None), ScimToken.made_at < now - OLD_TOKEN)
    for name in session.scalars(old.order_by(ScimToken.id)):
        yield Finding(
            f"The token {name} of the directory is over a year old.",
            "Make one of another name (`dualtrack scim token NAME`), give it to the directory, then"
            f" `dualtrack scim revoke {name}`.",
        )
