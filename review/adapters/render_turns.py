"""Whose turn it is among those who wait for a render process."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeVar

Slot = TypeVar("Slot")


class TurnsEnded(Exception):
    """There are no more turns: what was waiting, or was cut off, can be done elsewhere."""


class Turns(Generic[Slot]):
    """Whose turn it is: whoever a person waits for comes first; of the rest only so many at once; each in order."""

    def __init__(self, slots: Sequence[Slot], most: int) -> None:
        self._free, self._most = list(slots), most
        self._changed = threading.Condition()
        self._lines: dict[bool, deque[object]] = {True: deque(), False: deque()}
        self._batch_running = 0
        self.are_over = False

    def end(self) -> None:
        """Give no more turns; those who wait for one are told by TurnsEnded."""
        with self._changed:
            self.are_over = True
            self._changed.notify_all()

    def take(self, *, is_asked: bool) -> Slot:
        """Wait for a slot: the one that was used last, for it is warm. Raises TurnsEnded when there are no more."""
        ticket, line = object(), self._lines[is_asked]
        with self._changed:
            line.append(ticket)
            self._changed.wait_for(lambda: self.are_over or self._is_next(ticket, is_asked=is_asked))
            if self.are_over:
                line.remove(ticket)
                raise TurnsEnded
            line.popleft()
            self._batch_running += not is_asked
            self._changed.notify_all()  # the one behind may be next, too
            return self._free.pop()

    def take_idle(self, slot: Slot) -> bool:
        """Take this slot out of turn; False while somebody has it."""
        with self._changed:
            is_idle = slot in self._free
            if is_idle:
                self._free.remove(slot)
            return is_idle

    def give_back(self, slot: Slot, *, is_asked: bool) -> None:
        """Let the next one have the slot."""
        with self._changed:
            self._free.append(slot)
            self._batch_running -= not is_asked
            self._changed.notify_all()

    def _is_next(self, ticket: object, *, is_asked: bool) -> bool:
        is_held_up = not is_asked and (self._lines[True] or self._batch_running >= self._most)
        return bool(self._free) and not is_held_up and self._lines[is_asked][0] is ticket
