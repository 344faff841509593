"""The proxy's file knows every address that holds a secret, and every one that programs send a token to."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from review.config import ROOT

NGINX = (ROOT / "docs" / "deploy" / "nginx.conf").read_text(encoding="utf-8")
PROGRAMS = {"api", "scim", "metrics"}
"""The rooms that programs ask with a token."""
SENT_BY_PROVIDERS = {"/sign-in/provider/sign-out"}


def addresses(app: Flask) -> dict[str, str]:
    """Return an address of each route, with its endpoint."""
    return {re.sub(r"<[^>]+>", "x1", rule.rule): rule.endpoint for rule in app.url_map.iter_rules()}


@pytest.mark.parametrize("path", ["", "/reviews"])
def test_no_log_of_nginx_holds_a_secret(app: Flask, path: str) -> None:
    hidden = re.findall(r"^    ~(\S+)\s+0;$", NGINX, re.MULTILINE)
    secret = {re.sub(r"<[^>]+>", "x1", rule.rule) for rule in app.url_map.iter_rules() if "token" in rule.arguments}
    secret |= {"/sign-in/provider/back"}
    unlogged = {each for each in addresses(app) if any(re.search(pattern, path + each) for pattern in hidden)}
    assert unlogged - {"/outside/done/x1/x1"} == secret


@pytest.mark.parametrize("path", ["", "/reviews"])
def test_no_program_is_led_on_from_an_address_without_tls(app: Flask, path: str) -> None:
    refused = re.findall(r"location ~ (\S+) \{ return 403; \}", NGINX)
    told = {each for each in addresses(app) if any(re.search(pattern, path + each) for pattern in refused)}
    asked = {each for each, endpoint in addresses(app).items() if endpoint.split(".")[0] in PROGRAMS}
    assert told == asked | SENT_BY_PROVIDERS
