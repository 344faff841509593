"""With what cookies and tokens of forms are signed: HMAC-SHA-256 throughout, where the libraries still take SHA-1.

What signs is made once for each key: every request opens a cookie, and most open or write a token.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any

import flask_wtf.csrf
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import Signer, TimedSerializer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode

KEPT = 64
"""How many keys are kept with what signs by each."""
SHORT = 512
"""How many bytes a cookie or a token may hold before they are pressed: three times what a sign-in takes."""


class KeptSerializer(URLSafeTimedSerializer):
    """Writes and reads what its parent does, with one signer."""

    def make_signer(self, salt: str | bytes | None = None) -> Signer:
        """Return what signs for a purpose."""
        return self._own if salt in (None, self.salt) else super().make_signer(salt)

    def dump_payload(self, obj: Any) -> bytes:
        """Return what is to be signed as it is, where it is short: to press it takes longer than all the rest."""
        written = TimedSerializer.dump_payload(self, obj)
        return base64_encode(written) if len(written) <= SHORT else super().dump_payload(obj)

    @cached_property
    def _own(self) -> Signer:
        return super().make_signer()


class CookieSessions(SecureCookieSessionInterface):
    """Flask's cookie, signed by SHA-256; one that was signed otherwise is none."""

    digest_method = staticmethod(sha256)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs the cookie with this app's keys; the newest comes last."""
        if not app.secret_key:
            return None
        return self._serialize_with((*(app.config["SECRET_KEY_FALLBACKS"] or ()), app.secret_key))

    @cached_property
    def _serialize_with(self) -> Callable[[tuple[str | bytes, ...]], URLSafeTimedSerializer]:
        how = {"key_derivation": self.key_derivation, "digest_method": self.digest_method}
        return lru_cache(KEPT)(
            lambda keys: KeptSerializer([*keys], salt=self.salt, serializer=self.serializer, signer_kwargs=how)
        )


def init_app(app: Flask) -> None:
    """Sign the cookie so, and whatever is signed with no word of how: the tokens that Flask-WTF puts into forms."""
    app.session_interface = CookieSessions()
    Signer.default_digest_method = staticmethod(sha256)
    vars(flask_wtf.csrf)["URLSafeTimedSerializer"] = lru_cache(KEPT)(KeptSerializer)
