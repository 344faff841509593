"""Settings of signing in: passwords, an identity provider, how long a browser stays in, a directory's groups."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from review.domain.values import dataclass

ROLES = ("hr", "auditor", "it_admin", "executive", "appeals")
STRICT = "strict"
DIGEST_LINE = re.compile(rb"[0-9A-F]{40}(:[0-9]+)?\r?\n?")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class ProviderSettings:
    """One OpenID Connect provider, and how a first sign-in finds its person.

    `link_claim`: the claim that holds a person's external id, or `email` for a verified e-mail; empty: an
    administrator links each person. `is_strict`: a notice of a logout must say of itself that it is one.
    """

    issuer: str
    client_id: str
    client_secret: str
    name: str
    link_claim: str = ""
    is_strict: bool = False


@dataclass(frozen=True)
class SignInSettings:
    """How people get in, and how long they stay."""

    has_passwords: bool = True
    provider: ProviderSettings | None = None
    life: timedelta = timedelta(days=7)
    idle: timedelta = timedelta(hours=12)
    confirm_within: timedelta = timedelta(minutes=15)
    groups: Mapping[str, str] = field(default_factory=dict)
    leaked: Path | None = None


def read_sign_in(env: Mapping[str, str]) -> SignInSettings:
    """Read how people sign in from the environment."""
    return SignInSettings(
        has_passwords=env.get("PASSWORDS") != "off",
        provider=_read_provider(env),
        life=timedelta(hours=int(env.get("SIGN_IN_HOURS") or 168)),
        idle=timedelta(hours=int(env.get("IDLE_HOURS") or 12)),
        confirm_within=timedelta(minutes=int(env.get("CONFIRM_MINUTES") or 15)),
        groups=_read_groups(env.get("SCIM_ROLES") or ""),
        leaked=Path(env["LEAKED_PASSWORDS"]) if env.get("LEAKED_PASSWORDS") else None,
    )


def find_sign_in_problems(settings: SignInSettings, env: Mapping[str, str]) -> list[str]:
    """Return what makes these settings unsafe or unusable, one sentence each."""
    problems = []
    provider = settings.provider
    if provider is None and not settings.has_passwords:
        problems.append("PASSWORDS=off leaves no way in: set OIDC_ISSUER and OIDC_CLIENT_ID, too.")
    if env.get("PASSWORDS") not in (None, "", "on", "off"):
        problems.append("PASSWORDS must be on or off.")
    if env.get("OIDC_LOGOUT") not in (None, "", STRICT):
        problems.append("OIDC_LOGOUT must be strict, or left out.")
    if provider is not None and not (provider.client_id and provider.client_secret):
        problems.append("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, as the provider gave them.")
    if provider is not None and not is_safe_address(provider.issuer):
        problems.append(
            f"OIDC_ISSUER must begin with https: {provider.issuer} would let others read and forge sign-ins."
        )
    if min(settings.life, settings.idle, settings.confirm_within) <= timedelta(0):
        problems.append("SIGN_IN_HOURS, IDLE_HOURS and CONFIRM_MINUTES must be 1 or more.")
    if settings.leaked is not None and not _is_list(settings.leaked):
        problems.append("LEAKED_PASSWORDS must be a file of SHA-1 digests in capitals, one a line, sorted.")
    if unknown := sorted(set(settings.groups.values()) - set(ROLES)):
        problems.append(f"SCIM_ROLES names no such role: {', '.join(unknown)}. There are {', '.join(ROLES)}.")
    return problems


def is_safe_address(url: str) -> bool:
    """Tell whether what travels to an address is sealed on its way, or stays on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _is_list(file: Path) -> bool:
    """Tell whether a file is there and begins as a list of digests does."""
    try:
        with file.open("rb") as lines:
            return DIGEST_LINE.fullmatch(lines.readline(80)) is not None
    except OSError:
        return False


def _read_provider(env: Mapping[str, str]) -> ProviderSettings | None:
    issuer = env.get("OIDC_ISSUER") or ""
    if not issuer:
        return None
    return ProviderSettings(
        issuer=issuer,
        client_id=env.get("OIDC_CLIENT_ID") or "",
        client_secret=env.get("OIDC_CLIENT_SECRET") or "",
        name=env.get("OIDC_NAME") or urlsplit(issuer).hostname or issuer,
        link_claim=env.get("OIDC_LINK_CLAIM") or "",
        is_strict=env.get("OIDC_LOGOUT") == STRICT,
    )


def _read_groups(words: str) -> dict[str, str]:
    """Read `Group name=role; Other group=role`; names of groups count in any capitals."""
    pairs = [pair.rpartition("=") for pair in words.split(";") if pair.strip()]
    return {group.strip().casefold(): role.strip() for group, _, role in pairs}
