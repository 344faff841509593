"""A bundle of somebody's own data as files: data for machines and a page for people, in one archive."""

from __future__ import annotations

import json
import zipfile
from datetime import datetime
from functools import cache
from io import BytesIO

from babel.dates import format_date
from babel.support import Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from review.adapters.markup import to_html
from review.config import ROOT
from review.domain.bundle import Bundle, Section, plain_bundle
from review.domain.bundle_page import is_markdown, order_fields, part_entries, read_time, say_value
from review.domain.bundle_words import name_field
from review.domain.subject_access import RULE_WORDS, SECTION_NAMES
from review.domain.text import Text

TEMPLATES = ROOT / "templates"
TRANSLATIONS = ROOT / "review" / "translations"
DATA, PAGE = "my-data.json", "my-data.html"
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""When the files in the archive were made, as they say: the same bundle makes the same bytes."""


def write_files(bundle: Bundle, *, locale: str | None = None) -> dict[str, bytes]:
    """Return the files of a bundle by their names."""
    data = json.dumps(plain_bundle(bundle), ensure_ascii=False, indent=2)
    return {DATA: f"{data}\n".encode(), PAGE: write_page(bundle, locale=locale or "en").encode()}


def write_archive(bundle: Bundle, *, locale: str | None = None) -> bytes:
    """Return the files of a bundle as a ZIP archive."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in write_files(bundle, locale=locale).items():
            archive.writestr(zipfile.ZipInfo(name, FIRST_DAY), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def write_page(bundle: Bundle, *, locale: str) -> str:
    """Return a bundle as a page that stands by itself: nothing in it is loaded from elsewhere."""
    sections = [
        (SECTION_NAMES[section], tuple(part_entries(found))) for section in Section if (found := bundle.of(section))
    ]
    rules = [RULE_WORDS[rule] for rule in bundle.left_out]
    return (
        _templates(locale)
        .get_template("privacy/bundle.html")
        .render(bundle=bundle, sections=sections, rules=rules, locale=locale.replace("_", "-"))
    )


@cache
def _templates(locale: str) -> Environment:
    translations = Translations.load(TRANSLATIONS, [locale])

    def tr(value: Text | str) -> str:
        return translations.gettext(value.one) % dict(value.values) if isinstance(value, Text) else value

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    environment.filters["tr"] = tr
    environment.filters["moment"] = lambda value: _say_moment(value, locale)
    environment.filters["markdown"] = to_html
    words = {"name_field": name_field, "order_fields": order_fields, "say_value": say_value, "is_markdown": is_markdown}
    environment.globals.update(words)
    return environment


def _say_moment(value: str, locale: str) -> str:
    """Return a day or a moment as it is written in a language; everything else as it is."""
    at = read_time(value)
    if at is None:
        return value
    day = format_date(at, "d MMMM y", locale=locale)
    return f"{day}, {at:%H:%M}" if isinstance(at, datetime) else day
