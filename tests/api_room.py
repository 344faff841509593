"""A program that calls the API with a token of its own, and the description against which answers are held."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.domain.api_scope import Scope
from review.models import ApiToken
from review.services.api_tokens import hash_api_token

PLACE = "/api/v1"


class Program:
    """Calls as one person; brings no cookie and no form token."""

    def __init__(self, app: Flask, session: Session, token: str) -> None:
        self.app, self.session, self.token = app, session, token

    def get(self, path: str, **headers: str) -> TestResponse:
        """Read an address."""
        return self._call("GET", path, headers)

    def post(self, path: str, **more: Any) -> TestResponse:
        """Send something to an address."""
        return self._call("POST", path, more.pop("headers", {}), **more)

    def read(self, path: str) -> Any:
        """Return what an address answers, which must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    def _call(self, method: str, path: str, headers: Mapping[str, str], **more: Any) -> TestResponse:
        self.session.commit()
        client = self.app.test_client()
        client.csrf = False  # type: ignore[attr-defined]
        brought = {"Authorization": f"Bearer {self.token}", **headers}
        return client.open(PLACE + path, method=method, headers=brought, csrf=False, **more)  # type: ignore[no-any-return]


def give_token(session: Session, person_id: int, now: datetime, *scopes: Scope, days: int = 30, token: str = "") -> str:
    """Write a token of somebody's, whatever they are, with all scopes unless some are named; return it."""
    made = token or f"dual_{person_id}_{'_'.join(scopes)}"
    session.add(
        ApiToken(
            name="A program",
            person_id=person_id,
            token_hash=hash_api_token(made),
            scopes=sorted(scopes or Scope),
            made_at=now,
            until_at=now + timedelta(days=days),
            used_at=now,
        )
    )
    session.commit()
    return made


def find_faults(description: Mapping[str, Any], operation: Mapping[str, Any], answer: TestResponse) -> list[str]:
    """Return where an answer is not as the description has it."""
    told = operation["responses"].get(str(answer.status_code))
    if told is None:
        return [f"{answer.status_code} is not described"]
    content = told.get("content", {})
    if answer.status_code == 304:
        return []
    if answer.mimetype not in content:
        return [f"{answer.mimetype} is not described"]
    if "json" not in answer.mimetype or answer.mimetype == "application/x-ndjson":
        return []
    schema = {**content[answer.mimetype]["schema"], "components": description["components"]}
    return [each.message for each in Draft202012Validator(schema).iter_errors(answer.get_json())]
