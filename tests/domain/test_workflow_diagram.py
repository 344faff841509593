"""Diagrams: the same for the same workflow, valid, complete, with the place of the case; no line touches a text."""

from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree

import pytest

from review.domain.text import Text
from review.domain.workflow import Tokens
from review.domain.workflow_definition import Span
from review.domain.workflow_diagram import draw_item, draw_workflow
from review.domain.workflow_layout import CARD, lay_out
from review.domain.workflow_mermaid import write_mermaid
from review.domain.workflow_words import say_date, say_role, say_span
from tests.domain.workflow_ways import BUILD, DEFINITIONS, load, walk

SVG = "{http://www.w3.org/2000/svg}"
KEYS = sorted(DEFINITIONS)


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def titles(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter(f"{SVG}title")]


@pytest.mark.parametrize("key", KEYS)
def test_the_same_workflow_gives_the_same_picture(key: str) -> None:
    again = load(f"{key}.yaml").definition
    assert draw_workflow(again) == draw_workflow(DEFINITIONS[key])
    assert write_mermaid(again) == write_mermaid(DEFINITIONS[key])


@pytest.mark.parametrize("key", KEYS)
def test_every_state_and_every_action_is_in_the_picture(key: str) -> None:
    definition = DEFINITIONS[key]
    shown = texts(draw_workflow(definition)) + titles(draw_workflow(definition))
    for _, machine in definition.machines():
        for state in machine.states.values():
            assert state.title in shown
        for action in machine.actions.values():
            assert any(line.startswith(action.title) for line in shown)


@pytest.mark.parametrize("key", KEYS)
def test_it_carries_no_style_and_no_script(key: str) -> None:
    tree = ElementTree.fromstring(draw_workflow(DEFINITIONS[key], walk(key, BUILD[0])))
    names = {each.tag.removeprefix(SVG) for each in tree.iter()}
    assert names == {"svg", "g", "title", "desc", "rect", "line", "circle", "path", "text"}
    attributes = {name for each in tree.iter() for name in each.attrib}
    assert not [name for name in attributes if name == "style" or name.startswith("on") or "href" in name]


def test_words_of_a_workflow_cannot_become_markup() -> None:
    definition = DEFINITIONS["ic"]
    state = definition.states["nominated"].model_copy(update={"title": '<script>"&', "hint": "<b>"})
    hostile = definition.model_copy(update={"states": {**definition.states, "nominated": state}})
    svg = draw_workflow(hostile)
    assert '<script>"&' in texts(svg)
    assert "<script" not in svg


@pytest.mark.parametrize(
    ("tokens", "marked"),
    [
        (None, []),
        ({"main": "voting"}, ["You are here"]),
        (walk("ic", *BUILD[:3]), ["You are here"]),
    ],
)
def test_it_says_where_the_case_is(tokens: Tokens | None, marked: list[str]) -> None:
    svg = draw_workflow(DEFINITIONS["ic"], tokens)
    assert [line for line in texts(svg) if line == "You are here"] == marked
    tree = ElementTree.fromstring(svg)
    here = [each for each in tree.iter(f"{SVG}rect") if "wf-here" in each.attrib.get("class", "")]
    assert len(here) == len(marked)
    regions = [each.text for each in tree.iter(f"{SVG}text") if each.attrib.get("class") == "wf-now-text"]
    if tokens and len(tokens) > 1:
        assert regions == [
            "Self-review submitted",
            "Collecting feedback",
            "Manager rates with feedback",
            "Second rater to be chosen",
        ]
    else:
        assert regions == []


def test_it_says_who_may_and_where_it_leads() -> None:
    shown = titles(draw_workflow(DEFINITIONS["management"]))
    assert "Seal packet: HR, manager → Packet sealed, committee reads" in shown
    assert "Recommend promotion: chair → Executive sign-off" in shown
    assert "Accept the decision: candidate, by itself → Growth plan" in shown
    assert "Go without → No second rating: HR" in shown


def test_its_own_words_are_translated() -> None:
    def shout(value: Text) -> str:
        return str(value).upper()

    shown = texts(draw_workflow(DEFINITIONS["ic"], {"main": "voting"}, shout))
    assert {"DRAFT", "YOU ARE HERE", "CHAIR", "BY THE CALIBRATION DATE"} <= set(shown)
    assert "Independent votes" in shown


@pytest.mark.parametrize("key", KEYS)
def test_states_stand_in_the_order_of_the_way(key: str) -> None:
    order = DEFINITIONS[key].in_order
    phases = [DEFINITIONS[key].states[name].phase for name in order]
    assert phases == sorted(phases, key=lambda phase: phase.rank if phase else 0)
    sign_off = ["signoff"] if key == "management" else []
    middle = ["nominated", "collecting", "reading", "voting", "discussion", *sign_off, "decided"]
    assert list(order)[: len(middle)] == middle


@pytest.mark.parametrize("key", KEYS)
def test_nothing_overlaps_and_wires_stay_beside_the_cards(key: str) -> None:
    layout = lay_out(DEFINITIONS[key])
    for card, below in zip(layout.cards, layout.cards[1:], strict=False):
        assert card.y + card.height < below.y
    for card in layout.cards:
        for lane, other in combinations(card.lanes, 2):
            is_apart = lane.x + lane.width < other.x or other.x + other.width < lane.x
            assert is_apart or lane.y + lane.height < other.y or other.y + other.height < lane.y
        for lane in card.lanes:
            assert layout.card_x < lane.x
            assert lane.x + lane.width < layout.card_x + CARD
    for wire, other in combinations(layout.wires, 2):
        if (wire.is_left, wire.channel) == (other.is_left, other.channel):
            low, high = min(*wire.sources, wire.entry), max(*wire.sources, wire.entry)
            first, last = min(*other.sources, other.entry), max(*other.sources, other.entry)
            assert high < first or last < low
    assert max(card.y + card.height for card in layout.cards) < layout.height


@pytest.mark.parametrize("kind", ["feedback", "seat"])
def test_items_are_drawn_too(kind: str) -> None:
    definition = DEFINITIONS["ic"]
    machine = definition.items[kind]
    svg = draw_item(definition, kind, machine.initial)
    shown = texts(svg)
    assert all(state.title in shown for state in machine.states.values())
    assert shown.count("You are here") == 1


def test_mermaid_has_states_regions_and_the_present_place() -> None:
    lines = write_mermaid(DEFINITIONS["ic"], walk("ic", BUILD[0])).splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert "  collecting --> reading: Seal packet (HR, manager)" in lines
    assert "  nominated --> withdrawn: Withdraw (candidate)" in lines
    assert lines.count("    --") == 3
    assert lines[-1] == (
        "  class collecting,collecting__packet__writing,collecting__feedback__asking,"
        "collecting__rating__first_view,collecting__second_rating__to_assign here"
    )


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (Span(days=1), "1 day"),
        (Span(working_days=2), "2 working days"),
        (Span(days=0, before="feedback_deadline"), "by the feedback deadline"),
        (Span(working_days=2, before="calibration_date"), "2 working days before the calibration date"),
        (Span(days=3, after="own_date"), "3 days after the own date"),
    ],
)
def test_spans_are_said_in_words(span: Span, said: str) -> None:
    assert str(say_span(span)) == said


def test_unknown_names_are_said_as_they_are() -> None:
    assert (str(say_role("skip_level")), str(say_date("half_time"))) == ("skip level", "half time")
