"""The structure tree of what is printed, read with a PDF library: what who listens to a file is told."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from review.adapters.insight_page import render_insight
from review.adapters.pdf import render_letter_pdf
from review.adapters.rehearsal_page import render_rehearsal
from review.adapters.session_page import render_session_report
from review.domain.insight.sheet import write_sheet as write_insight
from review.domain.letter_sheet import write_letter
from review.domain.packet_view import View
from review.domain.phase import Phase
from review.domain.rehearsal_sheet import write_sheet as write_rehearsal
from review.domain.session_sheet import write_sheet
from tests.packet import samples
from tests.packet.insight_samples import LONG, insight_sheet
from tests.packet.rehearsal_samples import rehearsal_sheet
from tests.packet.session_samples import session_sheet
from tests.packet.tag_tree import read_tags

ARABIC = "كتبت قائمة أسبوعية بما يؤلم المسافرين (E1)، ثم قسمناها إلى ثلاثة أجزاء."


@pytest.fixture(scope="module")
def tree(whole):
    """Give the structure tree of the committee's copy."""
    return read_tags(whole[1].pdf)


@pytest.fixture(scope="module")
def letter(pool):
    """Give the structure tree of a letter."""
    return read_tags(pool.run(render_letter_pdf, write_letter(samples.letter())))


@pytest.fixture(scope="module")
def report(pool):
    """Give the structure tree of a session's report."""
    return read_tags(pool.run(render_session_report, write_sheet(session_sheet())).pdf)


@pytest.fixture(scope="module")
def figures(pool):
    """Give the structure tree of a cycle's report of figures."""
    return read_tags(pool.run(render_insight, write_insight(insight_sheet())).pdf)


@pytest.fixture(scope="module")
def rehearsed(pool):
    """Give the structure tree of a rehearsal's report."""
    return read_tags(pool.run(render_rehearsal, write_rehearsal(rehearsal_sheet())).pdf)


@pytest.fixture(params=["tree", "letter", "report", "figures", "rehearsed"])
def any_tree(request):
    """Give the structure tree of each kind of document in turn."""
    return request.getfixturevalue(request.param)


def depths(tree):
    return [int(node.kind[1]) for node in tree.root.find("H1", "H2", "H3", "H4", "H5", "H6")]


def test_headings_go_down_one_step_at_a_time(any_tree):
    levels = depths(any_tree)
    assert (levels[0], levels.count(1)) == (1, 1)
    assert [below for above, below in pairwise(levels) if below > above + 1] == []


def test_headings_are_read_in_the_order_of_the_pages(tree, letter, report):
    heads = [tree.text(node) for node in tree.root.find("H1", "H2")]
    assert heads == [
        "Ilse Marchetti",
        "Contents",
        "At a glance",
        "1. Hard skills",
        "2. Cross-functionality",
        "3. Leadership",
        "4. Accountability",
        "All evidence",
        "All feedback",
        "What is not answered",
        "Notes for the reader",
    ]
    assert [letter.text(node) for node in letter.root.find("H1", "H2")] == [
        "Your promotion to Staff PM: not yet",
        "What the decision rests on",
        "What is missing, and by when",
        "If you do not agree",
    ]
    assert [report.text(node) for node in report.root.find("H1", "H2")] == [
        "Session of Product committee",
        "What was decided",
        "The committee",
        "1. Ilse Marchetti",
        "2. Wenche Alm",
        "3. Bo Ek",
        "What comes next",
    ]


def test_a_chapter_is_read_as_it_is_meant(tree):
    read = tree.text(tree.root)
    chapter = read[read.index("1. Hard skills Discovery") :]
    parts = ["IC3 Senior PM, current", "IC4 Staff PM, target", "Self-review", "Passengers paid", "Manager’s rating"]
    places = [chapter.index(part) for part in [*parts, "The three repairs", "Second rating", "First view", "Situation"]]
    assert places == sorted(places)


def test_each_cell_of_a_table_has_a_header_and_each_header_a_scope(any_tree):
    for table in any_tree.root.find("Table"):
        assert {node.element["scope"] for node in table.find("TH")} <= {"/Row", "/Column"}, any_tree.text(table)
        named = {node.element["/ID"] for node in table.find("TH")}
        bare = [any_tree.text(node) for node in table.find("TD") if not set(node.element["headers"]) & named]
        assert bare == [], any_tree.text(table)


def test_what_is_no_table_is_not_read_as_one(tree, letter, report):
    assert [len(each.root.find("Table")) for each in (tree, letter, report)] == [20, 0, 6]


def test_each_figure_has_words_and_each_link_says_what_it_leads_to(tree):
    assert [bool(node.element.get("/Alt")) for node in tree.root.find("Figure")] == [True] * 4
    links = [node for node in tree.root.find("Link") if node.annotations]
    told = [(each["/Contents"], tree.text(node)) for node in links for each in node.annotations]
    assert len(told) > 60
    assert [one for one in told if not one[0]] == []
    assert {"Hard skills", "E1 p.10", "1. Hard skills"} <= {
        re.sub(r"^(1\. Hard skills).*", r"\1", one) for one, _ in told
    }


def test_a_chart_is_read_as_its_words_with_the_table_behind_it(figures):
    """Each chart of shares is one figure, whose words are read; the words drawn in it are no text of their own."""
    charts = [node.element["/Alt"] for node in figures.root.find("Figure")]
    product, other = "Product: 60 % (49 to 70).", f"{LONG}: 30 % (18 to 45)."
    assert charts == [
        f"Of those who could be nominated, nominated. {LONG}: 100 % (91 to 100). Product: 100 % (95 to 100).",
        f"Of those nominated, before a committee. {LONG}: 100 % (91 to 100). Product: 100 % (95 to 100).",
        f"Of those before a committee, promoted. {other} {product}",
        "By track and grade. Individual contributor 3: 50 % (41 to 59).",
    ]
    read = figures.text(figures.root)
    assert "A signal: look at these cases" in read[read.index("Of those before a committee, promoted") :]


def test_what_stands_on_every_page_is_no_part_of_the_text(any_tree):
    read = any_tree.text(any_tree.root)
    assert any_tree.untagged == []
    assert not re.search(r"Page \d+ of \d+|sha-256 [0-9a-f]{8} [0-9a-f]{8}", read)
    assert any(re.fullmatch(r"Page 2 of \d+", words) for words in any_tree.artifacts)


def test_every_word_on_a_page_is_in_the_tree_once(any_tree):
    held = [mark for node in any_tree.root.walk() for mark in node.marks]
    assert len(held) == len(set(held))
    assert {mark for mark, words in any_tree.words.items() if words.strip()} <= set(held)


def test_passages_in_another_language_say_so(print_view):
    packet = samples.entry()
    skills = replace(packet.criteria[0], self_review=f"Two lines.\n\n{ARABIC}\n\n- Цены трёх починок")
    changed = replace(packet, candidate=replace(packet.candidate, name="ليلى"), criteria=(skills, packet.criteria[1]))
    tree = read_tags(print_view(changed, View.CANDIDATE, Phase.ANNOUNCED)[1].pdf)
    spoken = [(node.kind, node.element["/Lang"]) for node in tree.root.walk() if "/Lang" in node.element]
    assert (tree.language, sorted(set(spoken))) == (
        "en",
        [("H1", "ar"), ("LBody", "und-Cyrl"), ("LI", "und-Cyrl"), ("NonStruct", "und-Cyrl"), ("P", "ar")],
    )


def test_what_a_letter_says_in_bold_alone_heads_what_comes_after_it(pool):
    body = (
        "Dear Wenche,\n\n**What was asked**\n\nOf **Staff PM**:\n\n- **Hard skills:** all\n\n**ما هو ناقص**\n\nA plan."
    )
    sheet = replace(samples.letter(), body=body, findings=(), gaps=(), appeal="")
    tree = read_tags(pool.run(render_letter_pdf, write_letter(sheet)))
    heads = tree.root.find("H1", "H2")
    assert [node.kind for node in heads] == ["H1", "H2", "H2"]
    assert [node.element.get("/Lang") for node in heads] == [None, None, "ar"]
    assert tree.text(heads[1]) == "What was asked"


def test_a_rehearsal_is_read_in_order_and_ends_with_its_signature(rehearsed):
    assert [rehearsed.text(node) for node in rehearsed.root.find("H1", "H2")] == [
        "Rehearsal of Spring 2027",
        "To be mended",
        "Not tried",
        "Cases",
        "Stages",
        "Mails that would go",
        "Timers that fired",
        "What was walked",
        "Signature",
    ]
    told = rehearsed.text(rehearsed.root)
    signed = (
        "Signed off in Dualtrack by Hugo Brandt on 16 November 2026, 10:00 CET, for the draft with the digest above."
    )
    assert told[told.index("Signed off") :].startswith(signed)
