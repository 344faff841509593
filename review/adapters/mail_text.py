"""Mails put into words: one template a mail gives subject, paragraphs and button, for text and HTML alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from babel.dates import format_date
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from review.config import ROOT
from review.queries.mail import MailSubject

TEMPLATES = ROOT / "templates"
TRANSLATIONS = ROOT / "review" / "translations"
DEFAULT_LOCALE = "en"


@dataclass(frozen=True, slots=True)
class MailText:
    """What a mail says, as plain text and as HTML; both hold everything."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a digest tells: from which template, to whom, about what."""

    template: str
    subject: MailSubject
    params: Mapping[str, Any]


def write_mail(
    template: str, subject: MailSubject, params: Mapping[str, Any], *, company: str, public_url: str
) -> MailText:
    """Put a mail into its reader's language.

    Raises jinja2.TemplateNotFound when there is no such mail.
    """
    locale = subject.locale or DEFAULT_LOCALE
    plain, escaping = _environments(locale)
    values = _values(subject, params, locale, company=company, public_url=public_url)
    said = plain.get_template(f"mail/{template}.jinja").make_module(values)
    values |= {name: getattr(said, name) for name in ("subject", "heading", "paragraphs", "button")}
    return MailText(
        subject=" ".join(values["subject"].split()),
        text=plain.get_template("mail/base.txt").render(values),
        html=escaping.get_template("mail/base.html").render(values),
    )


def write_digest(lines: Sequence[Line], *, company: str, public_url: str) -> MailText:
    """Put several mails to one reader into one, in their language; a single one stays as it is.

    The subject says how many there are; it names nobody, as the subjects of the lines do not.
    """
    first = lines[0]
    if len(lines) == 1:
        return write_mail(first.template, first.subject, first.params, company=company, public_url=public_url)
    locale = first.subject.locale or DEFAULT_LOCALE
    plain, escaping = _environments(locale)
    items = []
    for line in lines:
        values = _values(line.subject, line.params, locale, company=company, public_url=public_url)
        said = plain.get_template(f"mail/{line.template}.jinja").make_module(values)
        parts = {name: getattr(said, name) for name in ("heading", "paragraphs", "button")}
        items.append(parts | {"link": values["link"]})
    counted = _translations(locale).ngettext("%(num)s thing waits for you", "%(num)s things wait for you", len(lines))
    subject = counted % {"num": len(lines)}
    values = _values(first.subject, {}, locale, company=company, public_url=public_url)
    home = "" if first.subject.is_external else f"{public_url}/"
    values |= {"subject": subject, "items": items, "home": home}
    return MailText(
        subject=subject,
        text=plain.get_template("mail/digest.txt").render(values),
        html=escaping.get_template("mail/digest.html").render(values),
    )


def say_subject(template: str, params: Mapping[str, Any], *, locale: str) -> str:
    """Return the subject of a mail, which names nobody, for a list of them."""
    plain, _ = _environments(locale)
    values = _values(MailSubject("", "", locale), params, locale, company="", public_url="")
    return " ".join(plain.get_template(f"mail/{template}.jinja").make_module(values).subject.split())  # type: ignore[attr-defined]


def _values(
    subject: MailSubject, params: Mapping[str, Any], locale: str, *, company: str, public_url: str
) -> dict[str, Any]:
    gettext = _translations(locale).gettext
    of_somebody = gettext("the case of %(name)s") % {"name": subject.candidate}
    case = gettext("your case") if subject.is_own_case else of_somebody
    return {
        "reader": subject.name,
        "candidate": subject.candidate,
        "case": case,
        "case_capital": case[:1].upper() + case[1:],
        "code": subject.case_code,
        "cycle": subject.cycle,
        "due": format_date(subject.due_on, "EEEE d MMMM", locale=locale) if subject.due_on else "",
        "link": public_url + find_path(subject, params),
        "company": company,
        "locale": locale.replace("_", "-"),
        "footer": _footer(gettext, subject) % {"company": company},
    }


def _footer(gettext: Callable[[str], str], subject: MailSubject) -> str:
    if subject.is_external:
        return gettext("%(company)s. You get this mail because somebody there asked for your feedback.")
    return gettext("%(company)s. This mail names no ratings, votes or decisions; they stay behind your sign-in.")


PLACES = {
    "glass": "/emergency",
    "audit": "/audit",
    "my_data": "/my-data",
    "data_requests": "/data-requests",
    "preferences": "/preferences/sign-ins",
    "integrations": "/integrations",
}


def find_path(subject: MailSubject, params: Mapping[str, Any]) -> str:
    """Return the page a mail leads to: a link, the request it is about, the case or a page of it, or what waits."""
    if subject.path:
        return subject.path
    place, _, number = str(params.get("place", "")).partition(":")
    if place == "feedback" and number:
        return f"/feedback/{number}"
    if place == "cycle" and number:
        return f"/cycles/{number}/set-up/letters"
    if place in PLACES:
        return PLACES[place]
    if subject.case_id and params.get("page"):
        return f"/cases/{subject.case_id}/{params['page']}"
    return f"/cases/{subject.case_id}" if subject.case_id else "/"


@cache
def _environments(locale: str) -> tuple[Environment, Environment]:
    """Return how templates are read: as plain text, and as HTML."""
    return _environment(locale, is_escaping=False), _environment(locale, is_escaping=True)


@cache
def _translations(locale: str) -> NullTranslations:
    return Translations.load(TRANSLATIONS, [locale])


def _environment(locale: str, *, is_escaping: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=is_escaping,  # noqa: S701 - plain text has nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(_translations(locale), newstyle=True)  # type: ignore[attr-defined]
    return environment
