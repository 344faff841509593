"""An identity provider of the tests' own, which lies as it is told to; and a browser that goes there and back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server
from werkzeug.test import TestResponse
from werkzeug.wrappers import Request, Response

from review.config_sign_in import ProviderSettings

CLIENT, SECRET = "dualtrack", "a secret of the tests"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "two", "use": "sig", "alg": "RS256"})
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
BACK = "/sign-in/provider/back"


class Provider:
    """Hands out codes and tokens; `change` changes the claims of the next tokens, the rest what it publishes."""

    def __init__(self, now: datetime) -> None:
        self.now = int(now.timestamp())
        self.issuer = ""
        self.keys = [KEY]
        self.published: dict[str, Any] = {}
        self.told: dict[str, Any] = {}
        self.moved = ""
        self.be_honest()
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []

    def be_honest(self) -> None:
        """Tell the truth in tokens again."""
        self.change: dict[str, Any] = {}
        self.header: dict[str, Any] = {"kid": "one"}
        self.key, self.alg = KEY, "RS256"

    def settings(self, link_claim: str = "") -> ProviderSettings:
        """Return the settings of an installation that trusts this provider."""
        return ProviderSettings(self.issuer, CLIENT, SECRET, "Tarnfield", link_claim)

    def claims(self, **more: Any) -> dict[str, Any]:
        """Return honest claims, changed as the test asked; None leaves one out."""
        honest = {"iss": self.issuer, "sub": "sub-ines", "aud": CLIENT, "iat": self.now, "exp": self.now + 300}
        return {name: value for name, value in {**honest, **more, **self.change}.items() if value is not None}

    def sign(self, claims: dict[str, Any]) -> str:
        """Sign claims as the test asked."""
        header = {"alg": self.alg, **self.header}
        parts = b".".join(_encode(json.dumps(part).encode()) for part in (header, claims))
        sealed = b""
        if self.alg == "HS256":
            sealed = hmac.digest(KEY.as_pem(private=False), parts, "sha256")
        elif self.alg == "RS256":
            sealed = self.key.private_key.sign(parts, PKCS1v15(), SHA256())  # type: ignore[union-attr]
        return (parts + b"." + _encode(sealed)).decode()

    def logout_token(self, **more: Any) -> str:
        """Return a logout token for Ines."""
        honest = {"jti": "logout-1", "events": {LOGOUT_EVENT: {}}}
        return self.sign(self.claims(**{**honest, **more}))

    def confuse(self) -> None:
        """Sign with the public key, which everybody knows, as a shared secret from now on."""
        self.alg = "HS256"

    def answer(self, request: Request) -> Response:
        """Answer as a provider does."""
        self.asked.append(request.path)
        if request.path == self.moved:
            return Response(status=307, headers={"Location": f"{self.issuer}/elsewhere"})
        if request.path == "/.well-known/openid-configuration":
            return _json(self._publish())
        if request.path == "/keys":
            return _json({"keys": [key.as_dict(private=False) for key in self.keys]})
        if request.path == "/userinfo":
            return _json({"sub": "sub-ines", **self.told})
        return self._redeem(request)

    def _publish(self) -> dict[str, Any]:
        doors = {
            "authorization_endpoint": "/authorize",
            "token_endpoint": "/token",
            "jwks_uri": "/keys",
            "userinfo_endpoint": "/userinfo",
            "end_session_endpoint": "/end",
        }
        return {"issuer": self.issuer, **{name: self.issuer + path for name, path in doors.items()}, **self.published}

    def _redeem(self, request: Request) -> Response:
        asked = self.codes.pop(request.form.get("code", ""), None)
        secret = base64.b64encode(f"{CLIENT}:{SECRET}".replace(" ", "+").encode()).decode()
        digest = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        is_client = request.headers.get("Authorization") in (f"Basic {secret}", f"Basic {_plain()}")
        if asked is None or asked["code_challenge"] != challenge or not is_client:
            return _json({"error": "invalid_grant"}, 400)
        claims = self.claims(nonce=asked["nonce"], sid="provider-1")
        return _json({"access_token": "access", "token_type": "Bearer", "id_token": self.sign(claims)})


def _encode(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def _plain() -> str:
    return base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()


def _json(told: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(told), status, content_type="application/json")


@contextmanager
def serve_provider(now: datetime) -> Iterator[Provider]:
    """Run a provider on this machine."""
    provider = Provider(now)
    server = make_server("127.0.0.1", 0, Request.application(provider.answer), threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def go_there(client: FlaskClient, provider: Provider, path: str = "/sign-in/provider", **more: str) -> dict[str, str]:
    """Begin a sign-in; return what the provider is asked, and let it have a code for that."""
    answer = client.get(path, query_string=more)
    assert answer.status_code == 303, answer.status_code
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}
    provider.codes[f"code-{asked['state']}"] = asked
    return asked


def come_back(client: FlaskClient, asked: dict[str, str], **more: str) -> TestResponse:
    """Come back from the provider with code and state, or with what the test wants instead."""
    sent = {"code": f"code-{asked['state']}", "state": asked["state"], **more}
    return client.get(f"{BACK}?{urlencode({name: value for name, value in sent.items() if value})}")
