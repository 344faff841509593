"""Who somebody is elsewhere: what an identity provider proves, and how it may fail to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from review.domain.errors import ReviewError
from review.domain.values import dataclass

LONGEST_SUBJECT = 255
"""Signs of a subject, by OpenID Connect Core 1.0, section 2."""


class ProviderAway(ReviewError):
    """The identity provider does not answer, or answers what no provider answers."""


class ProviderSaysNo(ReviewError):
    """The identity provider does not let somebody go on to us, or they turned back there."""


class TokenRefused(ReviewError):
    """What came from, or in the name of, the identity provider does not prove what it says."""


@dataclass(frozen=True)
class Attempt:
    """A sign-in that has begun and is kept in the browser's cookie until it comes back."""

    state: str
    nonce: str
    verifier: str
    target: str
    started_at: datetime
    is_confirming: bool = False


@dataclass(frozen=True)
class Proof:
    """Who has signed in at the provider: `issuer` and `subject` together are the identity.

    `session_id` is the provider's name of its own session, `confirmed_at` when the person last proved who they are,
    `claims` what else it says of them.
    """

    issuer: str
    subject: str
    session_id: str | None = None
    confirmed_at: datetime | None = None
    claims: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Origin:
    """Where a sign-in comes from: the kind of browser, and the proof of a provider, if there was one."""

    browser: str = ""
    proof: Proof | None = None


@dataclass(frozen=True)
class LogoutNotice:
    """The provider says that somebody has signed out there: of one of its sessions, or of all."""

    issuer: str
    subject: str | None
    session_id: str | None
    token_id: str
    until_at: datetime


def find_link(proof: Proof, claim: str) -> str | None:
    """Return the value by which a first sign-in finds its person, or None: of an e-mail only one that is verified."""
    if not claim:
        return None
    if claim == "email" and proof.claims.get("email_verified") is not True:
        return None
    value = proof.subject if claim == "sub" else proof.claims.get(claim)
    return value.strip() if isinstance(value, str) and value.strip() else None


def why_nobody(proof: Proof, claim: str) -> str:
    """Return for the log why a proof means nobody here; it names no person and holds no value of a claim."""
    if not claim:
        return "nobody is linked to its subject, and OIDC_LINK_CLAIM is not set"
    if find_link(proof, claim) is not None:
        return f"nobody is linked to its subject; who is here by its {claim} is nobody, or is linked to another one"
    if claim == "email" and proof.claims.get("email"):
        return "nobody is linked to its subject, and it does not say email_verified"
    return f"nobody is linked to its subject, and it says no {claim}"
