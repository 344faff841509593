"""Mails put into words: their sentences, shipped or changed here, filled in and laid out as text and as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, partial
from typing import Any

from babel.dates import format_date
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from review.config import ROOT
from review.domain.proposals import Kind, Proposal
from review.domain.text import Text
from review.domain.values import dataclass
from review.domain.wording import fill_text
from review.domain.wording_frame import FRAME
from review.domain.wording_list import NONE_CHANGED, Changed, fill_piece, find_mail, words_of
from review.domain.wording_requests import OUTSIDE
from review.queries.mail import MailSubject

TEMPLATES = ROOT / "templates"
TRANSLATIONS = ROOT / "review" / "translations"
DEFAULT_LOCALE = "en"
SAMPLE = MailSubject(
    "", "", None, 1, "2026A-007", candidate="Ines Okafor", cycle="Autumn 2026", due_on=date(2026, 11, 13)
)
"""What a test mail is about; it leads to the page of its words."""
IN_FRAME = "notify_giver"
"""The mail around which the frame is shown."""
SAID_ONCE = frozenset({"notify_parties"})
"""What says nothing new when it is said of the same case again in the same mail."""
SAMPLE_PARAMS = {"kind": "ladder", "id": 1, "name": "Bakers", "version": "2026.2", "why": "Too vague"}


@dataclass(frozen=True)
class MailText:
    """What a mail says, as plain text and as HTML; both hold everything. `sender` is empty for the name that is set."""

    subject: str
    text: str
    html: str
    sender: str = ""


@dataclass(frozen=True)
class Line:
    """One thing that a digest tells: from which template, to whom, about what."""

    template: str
    subject: MailSubject
    params: Mapping[str, Any]


def write_mail(
    template: str,
    subject: MailSubject,
    params: Mapping[str, Any],
    *,
    company: str,
    public_url: str,
    changed: Changed = NONE_CHANGED,
) -> MailText:
    """Put a mail into its reader's language.

    Args:
        changed: the words that the installation has changed, in force now.

    Raises NoSuchMail.
    """
    if params.get("piece"):
        return write_sample(str(params["piece"]), subject, company=company, public_url=public_url, changed=changed)
    locale = subject.locale or DEFAULT_LOCALE
    values = _values(subject, params, locale, company=company, public_url=public_url)
    return _lay_out(values | _frame(values, subject, locale, changed) | _say(template, values, locale, changed), locale)


def write_sample(
    template: str, reader: MailSubject, *, company: str, public_url: str, changed: Changed, is_dated: bool = True
) -> MailText:
    """Put a mail with made-up values into words, for who looks at its words; its subject says that it is a test.

    Raises NoSuchMail.
    """
    about = {"company": company, "public_url": public_url}
    said = say_sample(template, reader, changed=changed, is_dated=is_dated, **about)
    locale = reader.locale or DEFAULT_LOCALE
    subject = _translations(locale).gettext("Test: %(subject)s") % said
    return _lay_out(said | {"subject": subject}, locale)


def say_sample(
    template: str, reader: MailSubject, *, company: str, public_url: str, changed: Changed, is_dated: bool = True
) -> dict[str, Any]:
    """Return the parts of a mail with made-up values, as they are laid out; of the frame one around another mail.

    Raises NoSuchMail.
    """
    locale = reader.locale or DEFAULT_LOCALE
    mail = IN_FRAME if template == FRAME.id else template
    about = replace(SAMPLE, address=reader.address, name=reader.name, locale=reader.locale, path=f"/words/{template}")
    about = replace(about, due_on=about.due_on if is_dated else None, is_external=find_mail(mail).to == OUTSIDE)
    values = _values(about, SAMPLE_PARAMS, locale, company=company, public_url=public_url)
    return values | _frame(values, about, locale, changed) | _say(mail, values, locale, changed)


def _lay_out(values: Mapping[str, Any], locale: str) -> MailText:
    plain, escaping = _environments(locale)
    return MailText(
        subject=values["subject"],
        text=plain.get_template("mail/base.txt").render(values),
        html=escaping.get_template("mail/base.html").render(values),
        sender=values["sender"],
    )


def write_digest(lines: Sequence[Line], *, company: str, public_url: str, changed: Changed = NONE_CHANGED) -> MailText:
    """Put several mails to one reader into one, in their language; a single one stays as it is.

    A case that moves twice between two mornings has moved on once: who reads it then finds it where it is.
    The subject says how many are left; it names nobody, as the subjects of the lines do not.
    """
    first = lines[0]
    about = {"company": company, "public_url": public_url}
    locale = first.subject.locale or DEFAULT_LOCALE
    items: list[dict[str, Any]] = []
    for line in lines:
        values = _values(line.subject, line.params, locale, **about)
        item = _say(line.template, values, locale, changed) | {"link": values["link"]}
        if line.template not in SAID_ONCE or item not in items:
            items.append(item)
    if len(items) == 1:
        return write_mail(first.template, first.subject, first.params, changed=changed, **about)
    plain, escaping = _environments(locale)
    counted = _translations(locale).ngettext(
        "%(num)s thing for you to see", "%(num)s things for you to see", len(items)
    )
    subject = counted % {"num": len(items)}
    values = _values(first.subject, {}, locale, **about)
    home = "" if first.subject.is_external else f"{public_url}/"
    values |= _frame(values, first.subject, locale, changed)
    values |= {"subject": subject, "items": items, "home_link": home}
    return MailText(
        subject=subject,
        text=plain.get_template("mail/digest.txt").render(values),
        html=escaping.get_template("mail/digest.html").render(values),
        sender=values["sender"],
    )


def say_subject(template: str, *, locale: str, company: str, changed: Changed = NONE_CHANGED) -> str:
    """Return the subject of a mail, which names nobody, for a list of them; raise NoSuchMail."""
    piece = find_mail(template)
    words = words_of(piece, changed, partial(_translate, locale))
    return fill_text(piece.fields[0], words["subject"], {"company": company})


def _say(template: str, values: Mapping[str, str], locale: str, changed: Changed) -> dict[str, Any]:
    """Return what a mail says: subject, heading, paragraphs and the words on its button."""
    piece = find_mail(template)
    said = fill_piece(piece, words_of(piece, changed, partial(_translate, locale)), values)
    return {
        "subject": said["subject"],
        "heading": said["heading"],
        "paragraphs": said["body"].split("\n\n"),
        "button": said.get("button", ""),
    }


def _translate(locale: str, words: Text) -> str:
    return _translations(locale).gettext(words.one)


def _name_proposal(params: Mapping[str, Any], locale: str) -> str:
    """Return what a mail calls the proposal that it is about, nothing where it is about none."""
    if "kind" not in params:
        return ""
    named = Proposal(Kind(params["kind"]), int(params["id"]), params.get("name", ""), params.get("version", "")).named
    values = {name: _translate(locale, each) if isinstance(each, Text) else each for name, each in named.values}
    return _translate(locale, named) % values


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
        "Case": case[:1].upper() + case[1:],
        "code": subject.case_code,
        "cycle": subject.cycle,
        "due": format_date(subject.due_on, "EEEE d MMMM", locale=locale) if subject.due_on else "",
        "link": public_url + find_path(subject, params),
        "proposal": _name_proposal(params, locale),
        "why": params.get("why", ""),
        "company": company,
        "locale": locale.replace("_", "-"),
    }


def _frame(values: Mapping[str, Any], subject: MailSubject, locale: str, changed: Changed) -> dict[str, Any]:
    """Return what stands around the words of a mail."""
    said = fill_piece(FRAME, words_of(FRAME, changed, partial(_translate, locale)), values)
    footer = said["footer_outside" if subject.is_external else "footer"]
    return said | {"footer": footer, "sign_off": [part for part in said["sign_off"].split("\n\n") if part]}


NUMBERED = {
    "feedback": "/feedback/%s",
    "cycle": "/cycles/%s/set-up/letters",
    "words": "/words/%s",
    "ladder_draft": "/ladders/drafts/%s",
    "workflow": "/workflows/%s",
    "letters": "/cycles/%s/release",
}
PLACES = {
    "glass": "/emergency",
    "audit": "/audit",
    "my_data": "/my-data",
    "data_requests": "/data-requests",
    "preferences": "/preferences/sign-ins",
    "integrations": "/integrations",
    "ladders": "/ladders",
    "workflows": "/workflows",
    "policy": "/policy",
    "erasures": "/erasures",
    "leavers": "/people/leavers",
}


def find_path(subject: MailSubject, params: Mapping[str, Any]) -> str:
    """Return the page a mail leads to: a link, the request it is about, the case or a page of it, or what waits."""
    if subject.path:
        return subject.path
    if path := find_place(str(params.get("place", ""))):
        return path
    if subject.case_id and params.get("page"):
        return f"/cases/{subject.case_id}/{params['page']}"
    return f"/cases/{subject.case_id}" if subject.case_id else "/"


def find_place(named: str) -> str:
    """Return the page of what is named by its kind and maybe its number, as `workflow:3`; empty for anything else."""
    place, _, number = named.partition(":")
    if place in NUMBERED and number:
        return NUMBERED[place] % number
    return PLACES.get(place, "")


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
