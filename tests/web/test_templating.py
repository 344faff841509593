"""How templates are compiled: sentences stand where they were asked for, and each name still has its own meaning."""

from __future__ import annotations

from enum import StrEnum

import pytest
from flask import Flask, g, render_template_string
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import Markup, escape

from review.extensions import TRANSLATIONS
from review.web.templating import show

PAGE = (
    '{% set words = {"a": _("Kept & told: 100%%")} %}{{ _("Kept & told: 100%%") }}|{{ words.a }}|{{ words.a|upper }}|'
    '{% macro say(what) %}[{{ what }}]{% endmacro %}{{ say(_("Said")) }}|{{ _("%(name)s left", name="<b>") }}'
)
SHOWN = "Kept & told: 100%|Kept & told: 100%|KEPT & TOLD: 100%|[Said]|&lt;b&gt; left"


class Sign(StrEnum):
    """A word that is no plain string."""

    LESS = "<"


class Drawn:
    """What says itself how it is written in a page."""

    def __html__(self) -> str:
        return "<svg>"

    def __str__(self) -> str:
        return "<drawn>"


class Loud:
    """A language in which every sentence is shouted."""

    def ugettext(self, words: str) -> str:
        return words.upper()


def test_a_sentence_of_the_only_language_is_written_into_the_template_itself(app: Flask) -> None:
    code = app.jinja_env.compile(PAGE, raw=True)
    assert "Kept & told: 100%|" in code
    assert code.count("context.call(") == 2  # the macro, and the sentence that a name is filled into
    with app.test_request_context():
        assert render_template_string(PAGE) == SHOWN


def test_where_there_are_several_languages_it_is_asked_for_at_each_page(app: Flask) -> None:
    app.extensions["languages"] = ["de", "en"]
    with app.test_request_context():
        setattr(g, TRANSLATIONS, Loud())
        shown = render_template_string('{{ _("Kept") }} {{ _("Kept")|upper }}')
        assert shown == "KEPT KEPT"


def test_in_a_mail_and_in_a_page_a_sentence_is_of_the_kind_that_belongs_there(app: Flask) -> None:
    kinds = "{{ kind(_('Kept')) }} {% autoescape false %}{{ kind(_('Kept')) }}{% endautoescape %}"
    with app.test_request_context():
        assert render_template_string(kinds, kind=lambda words: type(words).__name__) == "Markup str"


def test_a_template_that_is_brought_in_knows_what_the_page_was_given_only_by_name(app: Flask) -> None:
    app.jinja_env.globals["house"] = Markup("<i>house</i>")
    page = '{% import "macros/ui.html" as ui %}{{ ui.tag(house) }}{{ house }}'
    with app.test_request_context():
        assert render_template_string(page) == '<span class="tag "><i>house</i></span><i>house</i>'
        own = app.jinja_env.from_string("{{ house }} {{ guest }}", globals={"guest": "guest"})
        assert own.render() == "<i>house</i> guest"
        assert "guest" not in app.jinja_env.globals


def test_a_name_that_nobody_has_given_is_a_fault_in_tests(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(UndefinedError, match="'nothing' is undefined"):
        render_template_string("{% if nothing %}{% endif %}")


def test_a_macro_is_called_with_what_it_is_given_wherever_it_is(app: Flask) -> None:
    page = (
        '{% macro say(what, mark="!") %}{{ what }}{{ mark }}{% endmacro %}'
        "{% macro box() %}[{{ caller() }}]{% endmacro %}"
        "{% set mark = '?' %}{% for part in ('<a>', 'b') %}{{ say(part, mark=loop.index) }}{% endfor %}"
        "{{ say('c', mark) }}{% call box() %}<i>{{ '&' }}</i>{% endcall %}"
        "{{ kind(say('d')) }}{% autoescape false %}{{ kind(say('d')) }}{% endautoescape %}"
    )
    with app.test_request_context():
        page = "{% block main %}" + page + "{% endblock %}"
        shown = render_template_string(page, kind=lambda words: type(words).__name__)
    assert shown == "&lt;a&gt;1b2c?[<i>&amp;</i>]Markupstr"


@given(st.text("&<>\"'a;#39 é\x00\ud800"))
def test_a_string_is_shown_sign_for_sign_as_it_is_escaped(words: str) -> None:
    assert show(words) == str(escape(words))
    assert show("&<>\"'") == "&amp;&lt;&gt;&#34;&#39;"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ('<b> & "it\'s"', "&lt;b&gt; &amp; &#34;it&#39;s&#34;"),
        (Markup("<i>it's</i>"), "<i>it's</i>"),
        (Sign.LESS, "&lt;"),
        (Drawn(), "<svg>"),
        (["<"], "[&#39;&lt;&#39;]"),
        (None, "None"),
        (7, "7"),
    ],
)
def test_what_a_page_shows_is_escaped_once_and_a_mail_is_not(app: Flask, value: object, shown: str) -> None:
    page = "{% macro say(what) %}{{ what }}{% endmacro %}{% set kept %}{{ value }}{% endset %}"
    page += "{{ value }}|{{ say(value) }}|{{ kept }}|{{ kept|upper }}"
    with app.test_request_context():
        assert render_template_string(page, value=value) == "|".join([shown, shown, shown, shown.upper()])
        plain = (
            "{% autoescape off %}{{ value }}{% endautoescape %}|{% autoescape false %}{{ value }}{% endautoescape %}"
        )
        assert render_template_string(plain, value=value, off=False) == f"{value}|{value}"
