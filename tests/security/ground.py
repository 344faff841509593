"""What a demo has none of and the gates are to meet: a draft of a cycle, its rehearsal, a hook; made on the pages."""

from __future__ import annotations

import threading
import time
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from bs4 import BeautifulSoup

from tests.security.site import LOOK_SECONDS, START_SECONDS, Site

NEW = "/cycles/new"
HOOKS = "/integrations/hooks/new"


def prepare(site: Site) -> list[str]:
    """Press as an HR partner what makes such pages be there; return where to go on from."""
    newest = str(max(int(option["value"]) for option in _look(site, NEW).select("select[name=source] option")))
    like = {"source": newest, "name": "A cycle to attack", "code": "gate", "opening": "2031-03-03"}
    draft = _press(site, "/cycles/clone", like)
    cycle = draft.split("/set-up/")[0]
    rehearsal = _press(site, f"{cycle}/rehearsals", {})
    _wait_until_built(site, rehearsal)
    kinds = [str(box["value"]) for box in _look(site, HOOKS).select("input[name=kinds]")][:1]
    told = {"name": "A hook", "form": "events", "address": "https://hooks.invalid/in", "kinds": kinds[0]}
    _press(site, HOOKS, told)
    return [draft, f"{cycle}/rehearsals", rehearsal, "/integrations"]


def _press(site: Site, path: str, fields: dict[str, str]) -> str:
    """Send a form and return where it led."""
    with urlopen(Request(site.url + path, data=urlencode(fields).encode(), headers=site.headers)) as answer:
        return urlsplit(answer.url).path


def _look(site: Site, path: str) -> BeautifulSoup:
    with urlopen(Request(site.url + path, headers=site.headers)) as answer:
        return BeautifulSoup(answer.read(), "html.parser")


def _wait_until_built(site: Site, rehearsal: str) -> None:
    end = time.monotonic() + START_SECONDS
    while not _look(site, rehearsal).select(f"form[action='{rehearsal}/look']"):
        if time.monotonic() > end:
            raise TimeoutError(f"{rehearsal} was not built within {START_SECONDS} seconds")
        threading.Event().wait(LOOK_SECONDS)
