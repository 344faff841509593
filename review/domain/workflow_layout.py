"""Where each part of a workflow's diagram stands: cards from top to bottom by phase, wires beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from review.domain.phase import Phase
from review.domain.values import dataclass
from review.domain.workflow_definition import Action, Machine, State

LABEL, GUTTER, CHANNEL, CARD = 92, 22, 14, 640
HEAD, HINT, ROW, COMPACT, GAP, BAND_GAP, PAD = 40, 18, 26, 38, 12, 22, 16
LANE_STATE, LANE_ACTION, LANE_PAD, LANE_GAP, LANES = 24, 20, 10, 12, 2


@dataclass(frozen=True)
class Row:
    """An action in the card of a state it leaves."""

    name: str
    action: Action
    y: float
    is_back: bool


@dataclass(frozen=True)
class LaneLine:
    """A state of a region (`action` None), or an action below the state it leaves."""

    state: str
    y: float
    action: Action | None = None
    is_up: bool = False
    is_next: bool = True


@dataclass(frozen=True)
class Lane:
    """A region within a card."""

    region: str
    machine: Machine
    x: float
    y: float
    width: float
    height: float
    lines: tuple[LaneLine, ...]


@dataclass(frozen=True)
class Card:
    """A state with what goes on in it and what leaves it."""

    name: str
    state: State
    y: float
    height: float
    rows: tuple[Row, ...]
    lanes: tuple[Lane, ...]


@dataclass(frozen=True)
class Band:
    """The stretch of one phase."""

    phase: Phase | None
    y: float


@dataclass(frozen=True)
class Wire:
    """All actions that lead to one state on one side: down on the right, up on the left."""

    target: str
    is_left: bool
    sources: tuple[float, ...]
    entry: float
    channel: int


@dataclass(frozen=True)
class Layout:
    """The whole diagram; cards begin at `card_x`."""

    width: float
    height: float
    card_x: float
    bands: tuple[Band, ...]
    cards: tuple[Card, ...]
    wires: tuple[Wire, ...]
    exits: tuple[tuple[str, Action], ...]


def lay_out(machine: Machine) -> Layout:
    """Place every state, action and wire of a machine; the same machine gives the same layout."""
    names = machine.in_order
    has_phases = any(state.phase for state in machine.states.values())
    cards: list[Card] = []
    bands: list[Band] = []
    y = float(PAD)
    for name in names:
        state = machine.states[name]
        if not bands or bands[-1].phase != state.phase:
            y += BAND_GAP if bands else 0
            bands.append(Band(state.phase, y))
        cards.append(_card(machine, name, names, y, 0.0))
        y += cards[-1].height + GAP
    wires = _wires(cards)
    left = GUTTER + CHANNEL * (1 + max((wire.channel for wire in wires if wire.is_left), default=-1))
    right = GUTTER + CHANNEL * (1 + max((wire.channel for wire in wires if not wire.is_left), default=-1))
    card_x = float((LABEL if has_phases else 0) + left)
    placed = tuple(_card(machine, card.name, names, card.y, card_x) for card in cards)
    exits = tuple((name, action) for name, action in machine.actions.items() if action.bail)
    height = y + (GAP + HEAD + ROW * 2 * len(exits) if exits else 0)
    return Layout(card_x + CARD + right, height, card_x, tuple(bands), placed, wires, exits)


def _card(machine: Machine, name: str, names: tuple[str, ...], y: float, card_x: float) -> Card:
    state = machine.states[name]
    leaving = [(key, action) for key, action in machine.actions_from[name] if not action.bail]
    if not leaving and not state.regions:
        return Card(name, state, y, COMPACT, (), ())
    below = y + HEAD + (HINT if state.hint else 0)
    lanes = _lanes(state.regions, below, card_x)
    below = max((lane.y + lane.height + LANE_GAP for lane in lanes), default=below)
    rows = []
    for key, action in leaving:
        is_back = names.index(action.to) <= names.index(name)
        rows.append(Row(key, action, below + ROW / 2, is_back))
        below += ROW
    return Card(name, state, y, below + PAD / 2 - y, tuple(rows), lanes)


def _lanes(regions: Mapping[str, Machine], y: float, card_x: float) -> tuple[Lane, ...]:
    width = (CARD - 2 * PAD - LANE_GAP * (LANES - 1)) / LANES
    lanes: list[Lane] = []
    bottoms = [y] * LANES
    for region, machine in regions.items():
        column = bottoms.index(min(bottoms))
        x, top = card_x + PAD + column * (width + LANE_GAP), bottoms[column]
        lines, end = _lane_lines(machine, top)
        lanes.append(Lane(region, machine, x, top, width, end - top, lines))
        bottoms[column] = end + LANE_GAP
    return tuple(lanes)


def _lane_lines(machine: Machine, top: float) -> tuple[tuple[LaneLine, ...], float]:
    lines = []
    names = tuple(machine.states)
    y = top + LANE_PAD
    for place, name in enumerate(names):
        lines.append(LaneLine(name, y + LANE_STATE / 2))
        y += LANE_STATE
        for _, action in machine.actions_from[name]:
            step = names.index(action.to) - place
            lines.append(LaneLine(name, y + LANE_ACTION / 2, action, step < 0, abs(step) == 1))
            y += LANE_ACTION
    return tuple(lines), y + LANE_PAD


def _wires(cards: Iterable[Card]) -> tuple[Wire, ...]:
    entries = {card.name: card.y + (COMPACT if not card.rows and not card.lanes else HEAD) / 2 for card in cards}
    sources: dict[tuple[str, bool], list[float]] = {}
    for card in cards:
        for row in card.rows:
            if row.action.to != card.name:
                sources.setdefault((row.action.to, row.is_back), []).append(row.y)
    wanted = sorted(
        sources.items(), key=lambda each: (_length(each[1], entries[each[0][0]]), entries[each[0][0]], each[0])
    )
    taken: dict[tuple[bool, int], list[tuple[float, float]]] = {}
    wires = []
    for (target, is_left), ys in wanted:
        entry = entries[target]
        span = min(*ys, entry), max(*ys, entry)
        channel = 0
        while any(span[0] < high + 4 and low < span[1] + 4 for low, high in taken.get((is_left, channel), ())):
            channel += 1
        taken.setdefault((is_left, channel), []).append(span)
        wires.append(Wire(target, is_left, tuple(ys), entry, channel))
    return tuple(wires)


def _length(ys: Iterable[float], entry: float) -> float:
    return max(abs(y - entry) for y in ys)
