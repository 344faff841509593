"""A demo of its own to attack, and what one of its people finds there: addresses, parameters, forms."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener, urlopen

from bs4 import BeautifulSoup, Tag

from review.config import ROOT
from tests.ports import free_port

START_SECONDS = 300
LOOK_SECONDS = 0.5
PLAIN_PAGES = 600
"""How many addresses one person's walk finds at most."""
OF_A_KIND = 12
"""How many pages of a kind it opens: those whose addresses differ in their numbers alone."""
_PARTS = re.compile(r"/(cells|levels|criteria)/[a-z0-9-]+(/[a-z0-9-]+)?$")
LEFT_OUT = ("/sign-out", "/sign-in", "/static/", "/sessions")
"""Where a press would end the walk itself."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form as a page offers it: where it goes, and its fields with what stands in them or may be chosen."""

    path: str
    fields: dict[str, tuple[str, ...]]


@dataclass(slots=True)
class Site:
    """What one person found: parameters by address, and forms by address."""

    url: str
    cookie: str
    token: str
    pages: dict[str, dict[str, str]] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        """Return what a request must carry to be this person's, forms included."""
        return {"Cookie": self.cookie, "X-CSRFToken": self.token, "Referer": self.url}


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Build a demo in a folder and serve it; yield its address and stop it afterwards."""
    url = f"http://127.0.0.1:{free_port()}"
    place = {
        "DEMO": "1",
        "COMPANY": "Winterlane",
        "VAR_DIR": str(folder),
        "BIND": url.removeprefix("http://"),
        "PUBLIC_URL": url,
        "API_CALLS": "1000000",
    }
    environment = {**os.environ, **place}
    command = [sys.executable, "-m", "review.cli"]
    with (folder / "serve.log").open("wb") as log:
        subprocess.run([*command, "demo"], cwd=ROOT, env=environment, stdout=log, stderr=log, check=True)
        process = subprocess.Popen([*command, "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait_until_ready(url)
            yield url
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def find_cast(url: str) -> dict[str, str]:
    """Return the people whom the demo lets one be: the first of each group, by the group's name."""
    page = _read(build_opener(), f"{url}/sign-in")
    found: dict[str, str] = {}
    for heading in page.select("h3.cast-group"):
        button = heading.find_next("button", attrs={"name": "person_id"})
        assert isinstance(button, Tag)
        found[heading.get_text(strip=True)] = str(button["value"])
    return found


def enter(url: str, person_id: str) -> tuple[Site, OpenerDirector]:
    """Sign in as one of the cast; return the site as they find it, still empty, and their browser."""
    jar = CookieJar()
    opener = build_opener(HTTPCookieProcessor(jar))
    token = _token(_read(opener, f"{url}/sign-in"))
    body = urlencode({"csrf_token": token, "person_id": person_id}).encode()
    opener.open(Request(f"{url}/sign-in/demo", data=body, headers={"Referer": url})).close()
    site = Site(url, "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar), "")
    site.token = _token(_read(opener, f"{url}/preferences"))
    return site, opener


def walk(site: Site, opener: OpenerDirector, starts: Iterable[str] = ()) -> Site:
    """Open pages that lead on from the home page and from where else it starts, some of each kind; presses nothing."""
    waiting = ["/", *starts]
    seen, kinds = set(waiting), Counter[str]()
    while waiting and len(site.pages) < PLAIN_PAGES:
        path = waiting.pop(0)
        kinds[kind_of(path)] += 1
        if kinds[kind_of(path)] > OF_A_KIND:
            continue
        page = _open_page(opener, site.url + path)
        if page is None:
            continue
        site.pages[path] = {}
        for target in _collect(page, path, site):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return site


def kind_of(path: str) -> str:
    """Return an address without the numbers, and the words for parts of a ladder, that tell it from others."""
    return _PARTS.sub(r"/\1/0", re.sub(r"\d+", "0", path))


def is_signed_in(site: Site) -> bool:
    """Tell whether the sign-in that the gates used still stands; what came after its end was not looked at."""
    with urlopen(Request(f"{site.url}/", headers=site.headers)) as answer:
        return bool(answer.url == f"{site.url}/")


def _collect(page: BeautifulSoup, path: str, site: Site) -> list[str]:
    """Keep the parameters and forms of a page; return the addresses it leads to, without their parameters."""
    targets = []
    for link in page.select("a[href]"):
        parts = urlsplit(urljoin(site.url + path, str(link["href"])))
        if site.url.endswith(parts.netloc) and not parts.path.startswith(LEFT_OUT):
            targets.append(parts.path)
            site.pages.setdefault(parts.path, {}).update(parse_qsl(parts.query))
    for form in page.select("form"):
        target = urlsplit(urljoin(site.url + path, str(form.get("action") or path))).path
        fields = _fields(form)
        if str(form.get("method", "get")).lower() == "get":
            site.pages.setdefault(target, {}).update({name: values[0] for name, values in fields.items()})
        elif not target.startswith(LEFT_OUT):
            site.forms.setdefault(target, Form(target, fields))
    return targets


def _fields(form: Tag) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for place in form.select("input[name], textarea[name], select[name], button[name]"):
        name = str(place["name"])
        if name == "csrf_token":
            continue
        values = [str(option.get("value", "")) for option in place.select("option")]
        values = values or [str(place.get("value", place.get_text()))]
        found[name] = (*found.get(name, ()), *values)
    return found


def _open_page(opener: OpenerDirector, address: str) -> BeautifulSoup | None:
    """Return a page as a tree, or None for what is no page or not for this person."""
    try:
        with opener.open(address) as answer:
            if answer.headers.get_content_type() != "text/html":
                return None
            return BeautifulSoup(answer.read(), "html.parser")
    except HTTPError as refused:
        if refused.code >= 500:
            raise
        return None


def _read(opener: OpenerDirector, address: str) -> BeautifulSoup:
    with opener.open(address) as answer:
        return BeautifulSoup(answer.read(), "html.parser")


def _token(page: BeautifulSoup) -> str:
    found = page.select_one("input[name=csrf_token]")
    return str(found["value"]) if found else ""


def _wait_until_ready(url: str) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            urlopen(f"{url}/ready").close()
        except (URLError, ConnectionError):
            if time.monotonic() > end:
                raise
            threading.Event().wait(LOOK_SECONDS)
        else:
            return
