"""What kind of browser asks, roughly: enough for somebody to know their own again, too little to follow anybody."""

from __future__ import annotations

from flask import request
from flask_babel import gettext

BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def find_browser_kind() -> str:
    """Return browser and system of this request as two known names with a slash between; either may be empty."""
    said = request.headers.get("User-Agent", "")
    found = (next((name for sign, name in names if sign in said), "") for names in (BROWSERS, SYSTEMS))
    return "/".join(found)


def name_browser(kind: str) -> str:
    """Return what find_browser_kind() found, in words."""
    browser, _, system = kind.partition("/")
    if browser and system:
        return gettext("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or gettext("A browser that does not say what it is")
