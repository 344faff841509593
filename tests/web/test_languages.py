"""Sentences in a reader's language: found, filled in and escaped as they are, and never those of another reader."""

from __future__ import annotations

from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.support import Translations
from flask import Flask, g, render_template_string

from review.extensions import TRANSLATIONS, babel
from review.web.words import default_scale

PAGE = '{{ _("Plain") }}|{{ _("All of it: 100%%") }}|{{ _("%(share)s%% of %(name)s", share=5, name="<i>") }}'


def read_catalog(**words: str) -> Translations:
    catalog, file = Catalog(locale="de"), BytesIO()
    for english, german in words.items():
        catalog.add(english.replace("_", " "), german)
    write_mo(file, catalog)
    file.seek(0)
    return Translations(file)


def test_a_sentence_is_filled_in_and_what_is_filled_in_is_escaped(app: Flask) -> None:
    with app.test_request_context():
        assert render_template_string(PAGE) == "Plain|All of it: 100%|5% of &lt;i&gt;"
        in_mail = "{% autoescape false %}" + PAGE + "{% endautoescape %}"
        assert render_template_string(in_mail) == "Plain|All of it: 100%|5% of <i>"


def test_each_reader_has_the_words_of_their_own_language(app: Flask) -> None:
    found = []
    app.extensions["languages"] = ["de", "en"]  # of one alone the templates hold the sentences as they are written
    for catalog in (None, read_catalog(At_target_level="Auf der Zielstufe", Plain="Schlicht &amp; gut"), None):
        with app.test_request_context():
            if catalog is not None:
                setattr(g, TRANSLATIONS, catalog)
            found.append((default_scale()[3].word, render_template_string('{{ _("Plain") }}')))
    german = ("Auf der Zielstufe", "Schlicht &amp; gut")
    assert found == [("At target level", "Plain"), german, ("At target level", "Plain")]


def test_outside_of_any_request_a_sentence_stays_as_it_is_written() -> None:
    assert babel.domain_instance.get_translations().ugettext("Plain") == "Plain"


def test_a_sentence_for_so_many_things_fills_their_number_in(app: Flask) -> None:
    page = "{{ ngettext('%(num)s thing of %(name)s', '%(num)s things of %(name)s', count, name='<i>') }}"
    with app.test_request_context():
        shown = [render_template_string(page, count=count) for count in (1, 2)]
    assert shown == ["1 thing of &lt;i&gt;", "2 things of &lt;i&gt;"]
