"""One OpenID Connect provider: where its doors are, a code for a proof, and its notice of a logout, all checked.

Standards: OpenID Connect Core 1.0 (3.1.3.7), Discovery 1.0, Back-Channel Logout 1.0 (2.6), RFC 7636, RFC 9207.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from review.config_sign_in import ProviderSettings, is_safe_address
from review.domain.identity import LONGEST_SUBJECT, Attempt, LogoutNotice, Proof, ProviderAway, TokenRefused
from review.domain.values import dataclass

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
"""Signatures by a private key only: none and those with a shared secret are never taken."""
KEY_TYPES = frozenset({"RSA", "EC", "OKP"})
WAIT = (3.05, 5)
"""Seconds to connect, and between two parts of an answer."""
SKEW = 60
MAX_AGE = "300"
"""Seconds; asked for so that the provider says when somebody signed in. Whether that was after we asked, we check."""
FRESH = timedelta(hours=1)
AGAIN = timedelta(seconds=10)
"""How long after its keys were read a stranger's token with an unknown key does not make us read them again."""
LOGOUT_TYPE = "logout+jwt"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class Doors:
    """What a provider publishes about itself."""

    authorization: str
    token: str
    keys: str
    userinfo: str | None
    end_session: str | None
    auth_methods: tuple[str, ...]
    names_itself: bool


class IdentityProvider:
    """The provider of this installation; what it publishes is kept for an hour and read again when a key is new."""

    def __init__(self, settings: ProviderSettings, redirect_uri: str) -> None:
        self._settings = settings
        self._redirect_uri = redirect_uri
        self._lock = threading.Lock()
        self._doors: tuple[datetime, Doors] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    def find_doors(self, *, now: datetime) -> Doors:
        """Return what the provider publishes; raise ProviderAway."""
        kept = self._doors
        if kept is None or now - kept[0] >= FRESH:
            kept = now, _read_doors(self._settings.issuer)
            self._doors = kept
        return kept[1]

    def find_keys(self, *, now: datetime, older_than: timedelta = FRESH) -> KeySet:
        """Return the provider's keys, read again when they were read that long ago; raise ProviderAway."""
        with self._lock:
            if self._keys is None or now - self._keys[0] >= older_than:
                self._keys = now, _read_keys(self.find_doors(now=now).keys)
            return self._keys[1]

    def find_start(self, attempt: Attempt, *, now: datetime) -> str:
        """Return the address at which somebody signs in; raise ProviderAway."""
        more = {"prompt": "login", "max_age": MAX_AGE} if attempt.is_confirming else {}
        doors = self.find_doors(now=now)
        with self._client(doors) as client:
            address, _ = client.create_authorization_url(
                doors.authorization, state=attempt.state, code_verifier=attempt.verifier, nonce=attempt.nonce, **more
            )
        return str(address)

    def check_sender(self, issuer: str | None, *, now: datetime) -> None:
        """Refuse an answer that another provider has sent (RFC 9207); raise TokenRefused or ProviderAway."""
        is_expected = self.find_doors(now=now).names_itself
        if issuer != self._settings.issuer and (issuer is not None or is_expected):
            raise TokenRefused("the answer names another provider")

    def redeem(self, code: str, attempt: Attempt, *, now: datetime) -> Proof:
        """Give the code back and return who has signed in; raise TokenRefused or ProviderAway."""
        doors = self.find_doors(now=now)
        with self._client(doors) as client:
            token = _ask(
                lambda: client.fetch_token(
                    doors.token,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=attempt.verifier,
                    allow_redirects=False,
                )
            )
        if not isinstance(token.get("id_token"), str):
            raise TokenRefused("there is no ID token")
        claims = self._read_id_token(token["id_token"], attempt, token.get("access_token"), now=now)
        claims = self._add_claims(claims, token.get("access_token"), doors)
        confirmed_at = _moment(claims.get("auth_time"))
        if attempt.is_confirming and (confirmed_at is None or confirmed_at < attempt.started_at - _SKEW):
            raise TokenRefused("the provider did not ask for a fresh sign-in")
        return Proof(self._settings.issuer, str(claims["sub"]), _text(claims.get("sid")), confirmed_at, claims)

    def read_logout(self, token: str, *, now: datetime) -> LogoutNotice:
        """Return whose sessions a logout token ends; raise TokenRefused or ProviderAway."""
        found = self._decode(token, now=now, older_than=AGAIN)
        kind = str(found.header.get("typ", "jwt")).lower()
        if kind != LOGOUT_TYPE and (self._settings.is_strict or kind != "jwt"):
            raise TokenRefused("this is another kind of token")
        claims = self._validate(found, {"iat": {"essential": True}, "jti": {"essential": True}}, now=now)
        events, subject, session_id = claims.get("events"), _text(claims.get("sub")), _text(claims.get("sid"))
        if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
            raise TokenRefused("this is no notice of a logout")
        if "nonce" in claims:
            raise TokenRefused("a logout token has no nonce")
        if subject is None and session_id is None:
            raise TokenRefused("nobody is named")
        issued_at, token_id = _moment(claims["iat"]), _text(claims["jti"])
        if token_id is None or issued_at is None or now - issued_at > LOGOUT_LASTS:
            raise TokenRefused("this was long ago")
        until_at = (_moment(claims.get("exp")) or now) + LOGOUT_LASTS
        return LogoutNotice(self._settings.issuer, subject, session_id, token_id, max(until_at, now + LOGOUT_LASTS))

    def find_sign_out(self, back_to: str, *, now: datetime) -> str | None:
        """Return the address at which somebody signs out of the provider as well, if it has one."""
        door = self.find_doors(now=now).end_session
        if door is None:
            return None
        asked = {"client_id": self._settings.client_id, "post_logout_redirect_uri": back_to}
        return f"{door}{'&' if '?' in door else '?'}{urlencode(asked)}"

    def _client(self, doors: Doors) -> Any:
        method = "client_secret_basic"
        if doors.auth_methods and method not in doors.auth_methods:
            method = "client_secret_post"
        return OAuth2Session(
            self._settings.client_id,
            self._settings.client_secret,
            token_endpoint_auth_method=method,
            scope="openid profile email" if self._settings.link_claim not in ("", "sub") else "openid",
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            default_timeout=WAIT,
        )

    def _read_id_token(self, token: str, attempt: Attempt, access_token: object, *, now: datetime) -> dict[str, Any]:
        found = self._decode(token, now=now, older_than=timedelta(0))
        params = {"nonce": attempt.nonce, "client_id": self._settings.client_id, "access_token": access_token}
        if attempt.is_confirming:
            params["max_age"] = MAX_AGE
        claims = self._validate(found, {"sub": {"essential": True}}, params, now=now)
        if not isinstance(claims["sub"], str) or len(claims["sub"]) > LONGEST_SUBJECT:
            raise TokenRefused("the subject is not a name")
        return claims

    def _decode(self, token: str, *, now: datetime, older_than: timedelta) -> jwt.Token:
        """Check the signature; a key that is not known, or is another one of its name, makes us read the keys again."""
        try:
            try:
                return jwt.decode(token, self.find_keys(now=now), algorithms=ALGORITHMS)
            except (InvalidKeyIdError, BadSignatureError):
                return jwt.decode(token, self.find_keys(now=now, older_than=older_than), algorithms=ALGORITHMS)
        except (JoseError, ValueError) as error:
            raise TokenRefused(f"the signature does not hold: {error}") from error

    def _validate(
        self, found: jwt.Token, essential: dict[str, Any], params: dict[str, Any] | None = None, *, now: datetime
    ) -> dict[str, Any]:
        options = {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
            **essential,
        }
        kind = CodeIDToken if params is not None else LogoutToken
        claims = kind(found.claims, found.header, options, params)
        try:
            claims.validate(now=int(now.timestamp()), leeway=SKEW)
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefused(f"a claim does not hold: {error}") from error
        return dict(claims)

    def _add_claims(self, claims: dict[str, Any], access_token: object, doors: Doors) -> dict[str, Any]:
        """Add what the provider tells of a person elsewhere, where the claim that links is not in the token."""
        wanted = self._settings.link_claim
        if wanted in ("", "sub") or wanted in claims or doors.userinfo is None or not isinstance(access_token, str):
            return claims
        told = _read_json(doors.userinfo, headers={"Authorization": f"Bearer {access_token}"})
        if told.get("sub") != claims["sub"]:
            raise TokenRefused("the provider tells about somebody else")
        return {**told, **claims}


class LogoutToken(CodeIDToken):  # type: ignore[misc]
    """A logout token has the claims of an ID token that say from whom it comes, for whom, and when."""

    ESSENTIAL_CLAIMS = ("iss", "aud", "iat", "jti")


_SKEW = timedelta(seconds=SKEW)


def _read_doors(issuer: str) -> Doors:
    told = _read_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if told.get("issuer") != issuer:
        raise ProviderAway(f"the provider calls itself {told.get('issuer')}, OIDC_ISSUER says {issuer}")
    addresses = {name: _text(told.get(name)) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    for name, address in addresses.items():
        if address is None or not is_safe_address(address):
            raise ProviderAway(f"the provider has no safe {name}")
    methods = told.get("token_endpoint_auth_methods_supported")
    return Doors(
        authorization=addresses["authorization_endpoint"] or "",
        token=addresses["token_endpoint"] or "",
        keys=addresses["jwks_uri"] or "",
        userinfo=_safe(told.get("userinfo_endpoint")),
        end_session=_safe(told.get("end_session_endpoint")),
        auth_methods=tuple(methods) if isinstance(methods, list) else (),
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
    )


def _read_keys(address: str) -> KeySet:
    found = _read_json(address).get("keys")
    usable = [
        key
        for key in (found if isinstance(found, list) else [])
        if isinstance(key, dict) and key.get("kty") in KEY_TYPES and key.get("use", "sig") == "sig"
    ]
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError) as error:
        raise ProviderAway(f"the provider's keys cannot be read: {error}") from error


def _read_json(address: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    answer = _ask(lambda: requests.get(address, headers=headers, timeout=WAIT, allow_redirects=False))
    if answer.status_code != requests.codes.ok:
        raise ProviderAway(f"{address} answers {answer.status_code}")
    told = _ask(answer.json)
    if not isinstance(told, dict):
        raise ProviderAway(f"{address} answers no object")
    return told


def _ask(call: Callable[[], Any]) -> Any:
    """Ask the provider; what it refuses is a refusal, and what is no answer means that it is away."""
    try:
        return call()
    except OAuthError as error:
        raise TokenRefused(f"the provider refuses: {error.error}") from error
    except (requests.RequestException, ValueError) as error:
        raise ProviderAway(f"the provider does not answer: {type(error).__name__}") from error


def _moment(value: object) -> datetime | None:
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _safe(value: object) -> str | None:
    address = _text(value)
    return address if address is not None and is_safe_address(address) else None
