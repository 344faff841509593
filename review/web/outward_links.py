"""Links of people's texts on our pages: each leads to the page that first says where it goes (web/outward.py).

What a link is called in an address is a word made with the installation's key: no address can be put into it.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Mapping
from html import unescape
from urllib.parse import SplitResult, urlsplit

from flask import Flask, current_app, request, url_for
from markupsafe import Markup

from review.adapters.markup import NOWHERE, to_html
from review.domain.evidence_draft import is_safe_url
from review.domain.writing import BREAK

LENGTH = 20
READING = frozenset({"GET", "HEAD"})
_LINK = re.compile(r'<a href="(https?://[^"]*)">(.*?)</a>', re.IGNORECASE | re.DOTALL)
"""A link as the sanitiser writes it: quoted, escaped, and with no other attribute."""
_WEB = re.compile("https?://", re.IGNORECASE)


def lead_out(words: str, targets: Mapping[str, str] = NOWHERE) -> Markup:
    """Return people's Markdown as HTML in which every link of the web leads to the page that says where it goes.

    Where there is no such page (what was sent is not kept yet, who came by a link has no sign-in), the address stands
    beside the words.
    """
    html = to_html(words, targets)
    return Markup(_LINK.sub(_replace, html)) if "<a href=" in html else html  # noqa: S704 - was safe, links replaced


def link_out(address: str) -> str:
    """Return where a link of the case that is read leads; nothing where it leads nowhere."""
    case_id = (request.view_args or {}).get("case_id")
    if case_id is None or request.method not in READING or split_address(address) is None:
        return ""
    return url_for("outward.show", case_id=case_id, word=name_link(case_id, address))


def name_link(case_id: int, address: str) -> str:
    """Return the word by which a link of a case is asked for."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"link in case {case_id}: {address}".encode(), "sha256").hexdigest()[:LENGTH]


def find_addresses(text: str) -> Iterator[str]:
    """Yield the addresses that a text leads to: its own, where it is one, and those of its links."""
    if not _WEB.search(text):
        return
    if is_safe_url(text):
        yield text
    yield from (unescape(found.group(1)) for found in _LINK.finditer(to_html(text)))


def split_address(address: str) -> SplitResult | None:
    """Return the parts of an address of the web; None without a host, or with a name before it that looks like one."""
    try:
        parts = urlsplit(address)
        is_plain = bool(parts.hostname) and not (parts.username or parts.password)
    except ValueError:
        return None
    return parts if is_plain and _WEB.match(address) else None


def spell_host(host: str) -> str:
    """Return a host's name in the letters that the network uses, so that no other script passes for Latin."""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def init_app(app: Flask) -> None:
    """Let templates write people's Markdown, and the links of rows."""
    app.add_template_filter(lead_out, "markdown")
    app.add_template_filter(link_out, "outward")


def _replace(found: re.Match[str]) -> str:
    address, words = unescape(found.group(1)), Markup(found.group(2))  # noqa: S704 - as the sanitiser wrote it
    way = link_out(address)
    if way:
        return str(Markup('<a href="{}" rel="nofollow">{}</a>').format(way, words))
    is_said = words.striptags().replace(BREAK, "") == address
    return str(words if is_said else Markup("{} ({})").format(words, address))
