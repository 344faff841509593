"""The diagram of a workflow with what differs from another version marked at each step, and the same in words."""

from __future__ import annotations

from collections.abc import Mapping

from review.domain.svg import WIDTHS, element, group, words
from review.domain.text import Text, text
from review.domain.workflow_changes import mark_states
from review.domain.workflow_definition import Definition, Machine
from review.domain.workflow_diagram import ACCENT, BACK, SURFACE, Drawing, Translate
from review.domain.workflow_layout import PAD, Card
from review.domain.workflow_versions import Change

LABELS: Mapping[Change, Text] = {
    Change.ADDED: text("New"),
    Change.CHANGED: text("Changed"),
    Change.REMOVED: text("Gone"),
}
HEIGHT = 18


def draw_changes(old: Definition, new: Definition, translate: Translate = str) -> str:
    """Return the diagram of the new version as an SVG document, its new and changed steps marked."""
    return _Marked(old, new, translate).document(new.title)


def list_marks(old: Machine, new: Machine) -> tuple[tuple[Change, tuple[str, ...]], ...]:
    """Return the titles of the steps that are new, changed and gone; those that are gone stand in no diagram."""
    marks = mark_states(old, new)
    titles = {name: state.title for name, state in (*old.states.items(), *new.states.items())}
    by_change = ((change, tuple(titles[name] for name, mark in marks.items() if mark is change)) for change in Change)
    return tuple((change, found) for change, found in by_change if found)


class _Marked(Drawing):
    """A diagram with a label at each step that differs."""

    def __init__(self, old: Definition, new: Definition, translate: Translate) -> None:
        super().__init__(new, {}, translate)
        self.marks = mark_states(old, new)
        self.listed = list_marks(old, new)

    def _description(self) -> str:
        told = (f"{self.tr(LABELS[change])}: {', '.join(titles)}." for change, titles in self.listed)
        return " ".join((super()._description(), *told))

    def _card(self, card: Card) -> str:
        mark = self.marks.get(card.name)
        return super()._card(card) if mark is None else super()._card(card) + self._label(card, mark)

    def _label(self, card: Card, mark: Change) -> str:
        told, x, y = self.tr(LABELS[mark]), self.layout.card_x + PAD, card.y - HEIGHT / 2
        width = len(told) * WIDTHS[12] + 16
        fill, kind = (ACCENT, "wf-pill") if mark is Change.ADDED else (BACK, "wf-pill wf-changed")
        box = element("rect", x=x, y=y, width=width, height=HEIGHT, rx=9, fill=fill, class_=kind)
        name = words(
            told,
            x + width / 2,
            y + 13,
            size=12,
            fill=SURFACE,
            font_weight=600,
            text_anchor="middle",
            class_="wf-pill-text",
        )
        return group((box, name))
