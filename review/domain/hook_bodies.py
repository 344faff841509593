"""What a hook says: ids, kinds, times and links for a program, neutral sentences for a channel; never a name."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from review.domain.hook_kinds import Form
from review.domain.values import dataclass

SECRET_MARK = "whsec_"  # noqa: S105 - how such a secret begins, by the standard
CARD = "application/vnd.microsoft.card.adaptive"


@dataclass(frozen=True)
class Said:
    """What a call is about: numbers for a program, sentences for people, and where it leads."""

    kind: str
    happened_at: datetime
    numbers: Mapping[str, int]
    sentences: tuple[str, ...]
    link: str


def tell_moment(moment: datetime) -> str:
    """Return a moment in UTC as ISO 8601 has it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_body(form: str, said: Said) -> bytes:
    """Return the body of a call, the same bytes however often it is sent."""
    if form == Form.EVENTS:
        data = {**said.numbers, "url": said.link}
        return _json({"type": said.kind, "timestamp": tell_moment(said.happened_at), "data": data})
    if form == Form.SLACK:
        return _json({"text": "\n".join([*map(_plain, said.sentences), said.link])})
    return _json(_card(said))


def derive_secret(key: str, salt: str) -> bytes:
    """Return the secret that signs the calls of one hook: from the installation's key and the hook's own salt."""
    return hmac.new(key.encode(), f"dualtrack hook {salt}".encode(), hashlib.sha256).digest()


def show_secret(secret: bytes) -> str:
    """Return a secret as its receiver is given it. Source: Standard Webhooks, "Signature scheme"."""
    return SECRET_MARK + base64.b64encode(secret).decode()


def sign(secret: bytes, key: str, sent_at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that prove where a body comes from. Source: Standard Webhooks, "Webhook headers"."""
    moment = str(int(sent_at.timestamp()))
    signed = hmac.new(secret, f"{key}.{moment}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": key,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def _card(said: Said) -> dict[str, Any]:
    lines: Iterable[dict[str, Any]] = ({"type": "TextBlock", "text": each, "wrap": True} for each in said.sentences)
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": list(lines),
        "actions": [{"type": "Action.OpenUrl", "title": "Dualtrack", "url": said.link}],
    }
    return {"type": "message", "attachments": [{"contentType": CARD, "content": content}]}


def _plain(words: str) -> str:
    """Return words without what Slack takes for a link or a call of a whole channel."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
