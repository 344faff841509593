"""Markdown of people as HTML for print."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.adapters.markdown_paper import TAGS
from review.adapters.markup import MOST_MARKS, link_anchors, to_html
from review.domain.writing import BREAK

E1 = '<a class="ref" href="#E1">E1<span class="pg" title="E1"> p.00</span></a>'
TARGETS = {"E1": "E1", "F2": "F2-3"}


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>\n"),
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>\n"),
        ("# Head", "<p><strong>Head</strong></p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>\n"),
        ("![a picture](http://x.test/y.png)", "<p>a picture</p>\n"),
        ("<b onclick=x>bold</b>", "<p>&lt;b onclick=x&gt;bold&lt;/b&gt;</p>\n"),
        ("[site](https://x.test/a?b=c&d=e)", '<p><a href="https://x.test/a?b=c&amp;d=e">site</a></p>\n'),
        ("[mail](mailto:a@x.test)", '<p><a href="mailto:a@x.test">mail</a></p>\n'),
        ("[up](../../etc) [here](#c1)", "<p><a>up</a> <a>here</a></p>\n"),
        ("(E1), E9.", f"<p>({E1}), E9.</p>\n"),
        ("[E1](https://x.test)", '<p><a href="https://x.test">E1</a></p>\n'),
        ("x" * 40, f"<p>{'x' * 32}{BREAK}{'x' * 8}</p>\n"),
    ],
)
def test_what_is_typed_and_what_comes_of_it(typed, html):
    assert str(to_html(typed, TARGETS)) == html


def test_an_anchor_leads_to_its_target():
    assert 'href="#F2-3"' in to_html("F2", TARGETS)
    assert str(link_anchors("as E1 <says>", TARGETS)) == f"as {E1} &lt;says&gt;"


def test_a_text_of_marks_alone_is_shown_as_typed():
    words = "_*" * (MOST_MARKS // 2 + 1)
    assert to_html(words).replace(BREAK, "").replace("<wbr>", "") == f"<p>{words}</p>"


def test_a_text_of_very_many_short_lines_runs_on_and_is_whole():
    lines = [f"w{number}" for number in range(900)]
    assert to_html("\n".join(lines)) == f"<p>{' ¶ '.join(lines)}</p>"
    assert to_html("\n".join(lines[:200])).count("<br>") == 199


def test_a_text_with_emphasis_at_every_word_is_shown_as_typed():
    assert to_html("*a* " * 60) == f"<p>{' '.join(['*a*'] * 60)} </p>"
    assert to_html("*a* " * 50).count("<em>") == 50
    assert to_html(("word " * 20 + "*a* ") * 320).count("<em>") == 0
    assert to_html(("word " * 20 + "*a* ") * 300).count("<em>") == 300


def test_a_text_of_anchors_alone_has_no_links():
    assert to_html("E1 " * 60, TARGETS) == f"<p>{' '.join(['E1'] * 60)}</p>\n"
    assert to_html("E1 " * 50, TARGETS).count(E1) == 50


def test_a_text_without_spaces_comes_in_pieces():
    pieces = str(link_anchors("\u6f22" * 600, {})).split("<wbr>")
    assert [len(piece.replace(BREAK, "")) for piece in pieces] == [256, 256, 88]


def test_wide_gaps_in_code_are_narrowed():
    assert to_html("    x" + " " * 500 + "y") == f"<pre>x{' ' * 64}y\n</pre>\n"


@pytest.mark.parametrize("depth", [13, 40, 150])
def test_a_text_nested_too_deep_is_shown_as_typed_and_whole(depth):
    words = "> " * depth + "deep"
    assert to_html(words) == f"<p>{words.replace('>', '&gt;')}</p>"


@given(st.text("ab1EF *_`~[]()<>!#>-\n\\&;\"'=/:", max_size=200))
def test_nothing_but_the_few_tags_comes_out(words):
    html = to_html(words, TARGETS)
    assert set(re.findall(r"</?([a-z0-9]+)", html)) <= TAGS
    attributes = {name for tag in re.findall(r"<[a-z]+([^>]*)>", html) for name in re.findall(r"([\w-]+)=\"", tag)}
    assert attributes <= {"href", "class", "title"}
