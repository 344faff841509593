"""The rules that hold for every template, stylesheet and script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "templates"
NOT_PAGES = ("mail", "packet", "letter")
"""Mails need inline style; packets and letters are printed, with style of their own."""
STANDS_ALONE = "privacy/bundle.html"
"""A file that people keep: it is never a page of ours, and nothing beside it holds its style."""
TEMPLATES = sorted(path for path in PAGES.rglob("*.html") if path.relative_to(PAGES).parts[0] not in NOT_PAGES)
IDS = [str(path.relative_to(PAGES)) for path in TEMPLATES]


def without_comments(source: str) -> str:
    return re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL)


@pytest.mark.parametrize("path", TEMPLATES, ids=IDS)
def test_nothing_goes_round_escaping(path: Path) -> None:
    found = re.findall(r"\|\s*safe\b|autoescape\s+false|Markup\(", without_comments(path.read_text(encoding="utf-8")))
    assert found == []


@pytest.mark.parametrize("path", TEMPLATES, ids=IDS)
def test_no_style_or_script_in_the_page(path: Path) -> None:
    source = without_comments(path.read_text(encoding="utf-8"))
    found = re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", source)
    found = [each for each in found if (each, str(path.relative_to(PAGES))) != ("<style", STANDS_ALONE)]
    found += re.findall(r"<[a-z]+\b(?:[^<>{}\"]|\"[^\"]*\")*\s[a-z-]+=\{\{", source)  # a value without quotes
    assert found == []


@pytest.mark.parametrize("path", TEMPLATES, ids=IDS)
def test_words_go_through_gettext(path: Path) -> None:
    """Letters between two tags, outside expressions, are words that nobody can translate; keys and the name stay."""
    source = without_comments(path.read_text(encoding="utf-8"))
    plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", source, flags=re.DOTALL)
    plain = re.sub(r"[\w-]+=\"\s*\"", "", plain)
    plain = re.sub(r"<kbd>.*?</kbd>|<(svg|script|style)\b.*?</\1>", "", plain, flags=re.DOTALL)
    words = [word.strip() for word in re.findall(r">([^<>]+)<", plain)]
    assert [word for word in words if re.search(r"[A-Za-z]{2}", word) and word.strip(" ·") != "Dualtrack"] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=IDS)
def test_every_form_that_changes_something_carries_its_token(path: Path) -> None:
    source = without_comments(path.read_text(encoding="utf-8"))
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", source, flags=re.DOTALL)
    assert [form[:80] for form in forms if "csrf_token" not in form and "hidden(" not in form] == []


def read_whole(path: Path, seen: set[Path]) -> str:
    """Return a template with all that it is filled into and all that is taken into it, but the frame of every page."""
    if path in seen:
        return ""
    seen.add(path)
    source = without_comments(path.read_text(encoding="utf-8"))
    named = re.findall(r"\{% (?:extends|include) \"([\w/.]+)\"", source)
    return source + "".join(read_whole(PAGES / each, seen) for each in named)


@pytest.mark.parametrize("path", TEMPLATES, ids=IDS)
def test_a_page_that_lists_what_is_to_be_put_right_says_so_in_its_title(path: Path) -> None:
    """Whoever cannot see the page hears the title first."""
    source = read_whole(path, {PAGES / "base.html"})
    lists = "{% extends" in source and re.search(r"forms\.(errors|error_list|fault_list)\(", source) is not None
    assert not lists or "{% set has_errors" in source


def test_every_template_compiles(app: Flask) -> None:
    broken = {}
    for path in TEMPLATES:
        name = path.relative_to(PAGES).as_posix()
        try:
            app.jinja_env.get_template(name)
        except Exception as error:
            broken[name] = str(error)
    assert broken == {}


def test_scripts_keep_no_text_and_evaluate_none() -> None:
    source = re.sub(r"/\*.*?\*/", "", (ROOT / "review/static/app.js").read_text(encoding="utf-8"), flags=re.DOTALL)
    kept = r"localStorage|sessionStorage|indexedDB"
    run = r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|setAttribute\(\"on"
    reached = r"__proto__|\bprototype\b|Object\.assign|postMessage|\"message\"|\"paste\"|\"copy\""
    assert re.findall(f"{kept}|{run}|{reached}", source) == []


def test_vendored_files_bring_their_licences() -> None:
    vendored = [path for path in (ROOT / "review/static/vendor").iterdir() if not path.name.endswith(".LICENSE.txt")]
    assert [
        path.name for path in vendored if not path.with_name(f"{path.name.split('.')[0]}.LICENSE.txt").exists()
    ] == []
    fonts = {path.name for path in (ROOT / "review/static/fonts").glob("OFL-*.txt")}
    assert fonts == {"OFL-inter.txt", "OFL-source-serif-4.txt"}
