"""What a demo has none of and the gates are to meet, made on the pages: drafts, a rehearsal, proposals, a hook."""

from __future__ import annotations

import re
import threading
import time
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from bs4 import BeautifulSoup

from tests.security.site import LOOK_SECONDS, START_SECONDS, Site

NEW = "/cycles/new"
LADDER, FLOWS, POLICY, LETTER = "/ladders/drafts/new", "/workflows", "/policy/change", "/words/letter_decision"
HOOKS = "/integrations/hooks/new"
_NUMBER = re.compile(f"{FLOWS}/([0-9]+)")


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
    return [draft, f"{cycle}/rehearsals", rehearsal, "/integrations", *_prepare_words(site)]


def _prepare_words(site: Site) -> list[str]:
    """Begin drafts of a ladder and a workflow, propose a policy and words of the letter, make a group to compare by."""
    ladder = str(_look(site, LADDER).select("select[name=source] option")[0]["value"])
    flow = _NUMBER.findall(" ".join(str(link["href"]) for link in _look(site, FLOWS).select("main a[href]")))[0]
    begun = [
        _press(site, LADDER, {"source": ladder, "becomes": "gate"}),
        _press(site, f"{FLOWS}/drafts", {"base": flow}),
    ]
    _send(site, POLICY, {"n3": "4"})
    _send(site, LETTER, {"subject_promote": "At last: your promotion to {{level}}"})
    about = {"name": "Hours", "column": "Hours", "purpose": "To be attacked.", "agreed_in": "A rule"}
    return [*begun, "/policy", LETTER, "/words", _press(site, "/groups", about), "/lists", "/cycles/past"]


def _send(site: Site, path: str, changes: dict[str, str]) -> None:
    """Send the form of a page as a browser would, with some fields changed; fail where it is refused."""
    page = _look(site, path).select_one(f"form[method=post][action='{path}']")
    assert page is not None
    fields: list[tuple[str, str]] = []
    for place in page.select("input[name], textarea[name], select[name]"):
        name, kind = str(place["name"]), place.get("type")
        if name not in changes and (kind not in ("checkbox", "radio") or place.has_attr("checked")):
            chosen = place.select_one("option[selected]") or place.select_one("option") or place
            fields.append((name, str(chosen.get("value", place.get_text()))))
    _press(site, path, [*fields, *changes.items()])


def _press(site: Site, path: str, fields: dict[str, str] | list[tuple[str, str]]) -> str:
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
