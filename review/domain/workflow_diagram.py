"""Draws a workflow as SVG: states by phase, who may do each action, and where a case is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from xml.sax.saxutils import escape

from review.domain.svg import SANS, WIDTHS, element, fit, group, titled, words, wrap
from review.domain.text import Text, text
from review.domain.workflow import MAIN, Tokens
from review.domain.workflow_definition import Action, Definition, Machine
from review.domain.workflow_layout import (
    BAND_GAP,
    CARD,
    CHANNEL,
    GAP,
    GUTTER,
    HEAD,
    HINT,
    PAD,
    ROW,
    Card,
    Lane,
    LaneLine,
    Layout,
    Wire,
    lay_out,
)
from review.domain.workflow_words import PHASES, say_roles, say_span

INK, SOFT, LINE, STRONG = "#1c2225", "#545d61", "#dedbd2", "#85827a"
PAPER, SURFACE, SUNKEN, ACCENT, TINT, BACK = "#f6f5f1", "#ffffff", "#efede7", "#0d5a69", "#e3f0f2", "#7a4d00"
"""Colours for paper and for where no style sheet is; workflow.css gives the screen's by class."""

WHO_X, TARGET_X, RADIUS = 240, 424, 7

Translate = Callable[[Text], str]


def draw_workflow(definition: Definition, tokens: Tokens | None = None, translate: Translate = str) -> str:
    """Return the diagram of a case's machine as an SVG document, with "you are here" where tokens are given."""
    return Drawing(definition, tokens or {}, translate).document(definition.title)


def draw_item(definition: Definition, kind: str, state: str | None = None, translate: Translate = str) -> str:
    """Return the diagram of an item's machine (feedback, seat), with "here" where a state is given."""
    here = {MAIN: state} if state else {}
    return Drawing(definition.items[kind], here, translate).document(f"{definition.title}: {kind}")


class Drawing:
    """One diagram being drawn."""

    def __init__(self, machine: Machine, here: Mapping[str, str], translate: Translate) -> None:
        self.machine = machine
        self.here = here
        self.tr = translate
        self.layout: Layout = lay_out(machine)

    def document(self, title: str) -> str:
        """Return the SVG document."""
        layout = self.layout
        parts = (
            element("title", escape(title)),
            element("desc", escape(self._description())),
            group(self._bands(), class_="wf-bands"),
            group((self._card(card) for card in layout.cards), class_="wf-cards"),
            group((self._wire(wire) for wire in layout.wires), class_="wf-wires", fill="none"),
            group(self._exits(), class_="wf-exits"),
        )
        return element(
            "svg",
            "".join(parts),
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {layout.width:g} {layout.height:g}",
            width=f"{layout.width:g}",
            height=f"{layout.height:g}",
            role="img",
            class_="wf",
            font_family=SANS,
        )

    def _description(self) -> str:
        told = [state.title for state in self.machine.states.values()]
        steps = text("Steps: %(steps)s.", steps=", ".join(told))
        if MAIN not in self.here:
            return self.tr(steps)
        now = self.machine.states[self.here[MAIN]].title
        return self.tr(text("%(steps)s The case is at: %(now)s.", steps=self.tr(steps), now=now))

    def _bands(self) -> Iterator[str]:
        for place, band in enumerate(self.layout.bands):
            if band.phase is None:
                continue
            if place:
                y = band.y - (BAND_GAP + GAP) / 2
                yield element("line", x1=0, x2=f"{self.layout.width:g}", y1=y, y2=y, stroke=LINE, class_="wf-line")
            name = self.tr(PHASES[band.phase])
            yield words(name, 0, band.y + 24, size=12, fill=SOFT, font_weight=600, class_="wf-soft")

    def _card(self, card: Card) -> str:
        is_here = self.here.get(MAIN) == card.name
        is_compact = not card.rows and not card.lanes
        box = element(
            "rect",
            x=self.layout.card_x,
            y=card.y,
            width=float(CARD),
            height=float(card.height),
            rx=8,
            fill=TINT if is_here else SUNKEN if card.state.final else SURFACE,
            stroke=ACCENT if is_here else LINE,
            stroke_width=2 if is_here else 1,
            class_="wf-card wf-here" if is_here else "wf-card wf-final" if card.state.final else "wf-card",
        )
        parts = [box, *self._head(card, is_here, 24 if is_compact else 26)]
        parts += [self._lane(lane, is_here) for lane in card.lanes]
        for row in card.rows:
            parts.append(self._row(row.action, row.y, is_back=row.is_back))
        return group(parts)

    def _head(self, card: Card, is_here: bool, baseline: float) -> Iterator[str]:
        x, y = self.layout.card_x + PAD, card.y + baseline
        title = card.state.title
        if card.state.final:
            yield element("circle", cx=x + 5, cy=y - 5, r=5.0, fill="none", stroke=SOFT, class_="wf-end")
            yield element("circle", cx=x + 5, cy=y - 5, r=2.5, fill=SOFT, class_="wf-end-dot")
            x += 18
        yield words(fit(title, 380, 15), x, y, size=15, fill=INK, font_weight=600, class_="wf-ink")
        right = self.layout.card_x + CARD - PAD
        if is_here:
            label = self.tr(text("You are here"))
            width = len(label) * WIDTHS[15] + 14
            yield element(
                "rect", x=right - width, y=y - 15, width=width, height=20, rx=10, fill=ACCENT, class_="wf-pill"
            )
            place = right - width / 2
            yield words(
                label, place, y - 1, size=12, fill=SURFACE, font_weight=600, text_anchor="middle", class_="wf-pill-text"
            )
            right -= width + 10
        if card.state.due:
            due = self.tr(say_span(card.state.due))
            yield words(due, right, y - 1, size=12, fill=SOFT, text_anchor="end", class_="wf-soft")
        if card.state.hint:
            hint = fit(card.state.hint, CARD - 2 * PAD, 12)
            yield titled(words(hint, x, y + HINT, size=12, fill=SOFT, class_="wf-soft"), card.state.hint)

    def _row(self, action: Action, y: float, *, is_back: bool) -> str:
        x, right = self.layout.card_x, self.layout.card_x + CARD
        target = self.machine.states[action.to].title
        colour, kind = (BACK, "wf-back") if is_back else (ACCENT, "wf-go")
        parts = (
            element("line", x1=x + PAD, x2=right - PAD, y1=y - ROW / 2, y2=y - ROW / 2, stroke=LINE, class_="wf-line"),
            words(fit(action.title, WHO_X - 36, 13), x + PAD, y + 4.5, fill=INK, font_weight=500, class_="wf-ink"),
            words(
                fit(self._who(action), TARGET_X - WHO_X - 10, 12),
                x + WHO_X,
                y + 4.5,
                size=12,
                fill=SOFT,
                class_="wf-soft",
            ),
            element(
                "path", d=_arrow(x + TARGET_X, y, is_back), fill="none", stroke=colour, stroke_width=1.5, class_=kind
            ),
            words(
                fit(target, CARD - TARGET_X - 26, 12), x + TARGET_X + 18, y + 4.5, size=12, fill=SOFT, class_="wf-soft"
            ),
        )
        return titled("".join(parts), f"{action.title}: {self._who(action)} → {target}")

    def _who(self, action: Action) -> str:
        return ", ".join(self.tr(role) for role in say_roles(action.by))

    def _lane(self, lane: Lane, is_here: bool) -> str:
        box = element(
            "rect", x=lane.x, y=lane.y, width=lane.width, height=lane.height, rx=6, fill=PAPER, stroke=LINE,
            class_="wf-lane",
        )  # fmt: skip
        states = [line.y for line in lane.lines if line.action is None]
        rail = element(
            "line", x1=lane.x + 16, x2=lane.x + 16, y1=states[0], y2=states[-1], stroke=STRONG, class_="wf-rail"
        )
        now = self.here.get(lane.region) if is_here else None
        return group((box, rail, *(self._lane_line(lane, line, now) for line in lane.lines)))

    def _lane_line(self, lane: Lane, line: LaneLine, now: str | None) -> str:
        x, right = lane.x + 16, lane.x + lane.width - 12
        if line.action is None:
            is_now = line.state == now
            fill, kind = (ACCENT, "wf-dot wf-now") if is_now else (SURFACE, "wf-dot")
            dot = element(
                "circle",
                cx=x,
                cy=line.y,
                r=5.0,
                fill=fill,
                stroke=ACCENT if is_now else STRONG,
                stroke_width=1.5,
                class_=kind,
            )
            title = fit(lane.machine.states[line.state].title, lane.width - 42, 13)
            shown = "wf-now-text" if is_now else "wf-ink"
            return dot + words(
                title, x + 14, line.y + 4.5, fill=ACCENT if is_now else INK, font_weight=600, class_=shown
            )
        who = self._who(line.action)
        colour, kind = (BACK, "wf-back") if line.is_up else (ACCENT, "wf-go")
        told = line.action.title
        if not line.is_next:
            told = f"{told} → {lane.machine.states[line.action.to].title}"
        room = right - x - 44 - len(who) * WIDTHS[12]
        parts = (
            element(
                "path",
                d=_small_arrow(x + 19, line.y, line.is_up),
                fill="none",
                stroke=colour,
                stroke_width=1.5,
                class_=kind,
            ),
            words(fit(told, room, 12), x + 30, line.y + 4, size=12, fill=INK, class_="wf-ink"),
            words(who, right, line.y + 4, size=12, fill=SOFT, text_anchor="end", class_="wf-soft"),
        )
        return titled("".join(parts), f"{told}: {who}")

    def _wire(self, wire: Wire) -> str:
        edge = self.layout.card_x if wire.is_left else self.layout.card_x + CARD
        out = -1 if wire.is_left else 1
        channel = edge + out * (GUTTER + CHANNEL * wire.channel)
        colour, kind = (BACK, "wf-back") if wire.is_left else (ACCENT, "wf-go")
        far, *others = sorted(wire.sources, key=lambda y: -abs(y - wire.entry))
        joins = (_join(edge, y, channel, wire.entry, out) for y in others)
        paths = " ".join((_bend(edge, far, channel, wire.entry, out), *joins))
        tip = edge + out * 2
        head = f"M{tip + out * 7:g} {wire.entry - 4:g} L{tip:g} {wire.entry:g} L{tip + out * 7:g} {wire.entry + 4:g}"
        dots = "".join(element("circle", cx=edge, cy=y, r=3.0, fill=colour, class_=f"{kind}-dot") for y in wire.sources)
        return (
            element("path", d=paths, stroke=PAPER, stroke_width=5, class_="wf-halo")
            + element(
                "path",
                d=paths,
                stroke=colour,
                stroke_width=1.5,
                stroke_dasharray="4 3" if wire.is_left else None,
                class_=kind,
            )
            + element("path", d=head, stroke=colour, stroke_width=1.5, class_=kind)
            + dots
        )

    def _exits(self) -> Iterator[str]:
        if not self.layout.exits:
            return
        x, y = self.layout.card_x, self.layout.height - HEAD - ROW * 2 * len(self.layout.exits) - 4
        heading = self.tr(text("Leaving on the way"))
        yield words(heading, x, y + 22, size=12, fill=SOFT, font_weight=600, class_="wf-soft")
        for place, (_, action) in enumerate(self.layout.exits):
            line = y + 44 + place * ROW * 2
            yield words(fit(action.title, WHO_X - 20, 13), x, line, fill=INK, font_weight=500, class_="wf-ink")
            target = self.machine.states[action.to].title
            yield words(f"{self._who(action)} → {target}", x + WHO_X, line, size=12, fill=SOFT, class_="wf-soft")
            for number, told in enumerate(wrap(self._from(action), CARD - PAD, 12)[:2]):
                yield words(told, x, line + 18 + number * 16, size=12, fill=SOFT, class_="wf-soft")

    def _from(self, action: Action) -> str:
        lasting = {name for name, state in self.machine.states.items() if not state.final}
        sources = self.machine.sources_of(action)
        if lasting == set(sources):
            return self.tr(text("From every step"))
        names = ", ".join(self.machine.states[name].title for name in sources)
        return self.tr(text("From: %(steps)s", steps=names))


def _join(edge: float, y: float, channel: float, entry: float, out: int) -> str:
    """Return a path out of a card and into a channel, round at the corner."""
    turn = RADIUS if entry > y else -RADIUS
    return f"M{edge:g} {y:g} H{channel - out * RADIUS:g} Q{channel:g} {y:g} {channel:g} {y + turn:g}"


def _bend(edge: float, y: float, channel: float, entry: float, out: int) -> str:
    """Return a path out of a card, along a channel, and into a card."""
    turn = RADIUS if entry > y else -RADIUS
    into = f"V{entry - turn:g} Q{channel:g} {entry:g} {channel - out * RADIUS:g} {entry:g} H{edge + out * 3:g}"
    return f"{_join(edge, y, channel, entry, out)} {into}"


def _arrow(x: float, y: float, is_back: bool) -> str:
    if is_back:
        return f"M{x + 11:g} {y:g} H{x:g} M{x + 4:g} {y - 4:g} L{x:g} {y:g} L{x + 4:g} {y + 4:g}"
    return f"M{x:g} {y:g} H{x + 11:g} M{x + 7:g} {y - 4:g} L{x + 11:g} {y:g} L{x + 7:g} {y + 4:g}"


def _small_arrow(x: float, y: float, is_up: bool) -> str:
    tip, tail = (y - 4, y + 4) if is_up else (y + 4, y - 4)
    barb = tip + 3.5 if is_up else tip - 3.5
    return f"M{x:g} {tail:g} V{tip:g} M{x - 3:g} {barb:g} L{x:g} {tip:g} L{x + 3:g} {barb:g}"
