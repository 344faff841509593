"""People who vote over HTTP and press again when an answer is lost; each knows what was answered to every press."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from threading import Event
from urllib.parse import urlencode

from bench.servers import Call
from review.web.answers import AUTOSAVE_HEADER

CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
OVERALL = ("promote", "not_yet", "defer")
SAVED, CAST, TAKEN_BACK = "vote.draft", "seat.cast", "seat.change_vote"
"""What was pressed, in the words of the trail."""
REVEALED = (
    "The votes are revealed; they stay as they are",
    "Only at this step: Independent votes. Now: Committee discusses",
)
"""Why a press is refused once the votes are revealed; any other refusal is a fault."""
DONE = frozenset({200, 303})
AWAY = 503
PRESS_AGAIN_SECONDS, LOOK_AGAIN_SECONDS = 0.05, 0.2


@dataclass(frozen=True, slots=True)
class Ballot:
    """What somebody votes: the answer, and a rating of each criterion."""

    overall: str
    values: tuple[int, ...]

    def fields(self, anchor: str, version: int) -> dict[str, str]:
        """Return the fields of the form."""
        fields = {"version": str(version), "overall": self.overall, "confidence": "high", "reason": self.words}
        for criterion, value in zip(CRITERIA, self.values, strict=True):
            fields |= {f"rating-{criterion}": str(value), f"reason-{criterion}": "As shown."}
            fields[f"cites-{criterion}"] = anchor
        return fields

    @property
    def words(self) -> str:
        """Return the reason, which tells one ballot from another."""
        return f"{self.overall} {'-'.join(map(str, self.values))}"


@dataclass(frozen=True, slots=True)
class Step:
    """A press as its voter knows it; `is_done`: the answer was yes; `is_doubtful`: an answer to it was lost before."""

    kind: str
    ballot: Ballot
    key: str
    is_done: bool
    is_doubtful: bool


@dataclass(slots=True)
class Browser:
    """One signed-in browser: sends, and sends the same again when the answer is lost.

    `is_patient`: also when the answer is that nothing can be saved at the moment, which may be said too early.
    """

    port: int
    headers: Mapping[str, str]
    answered: int = 0
    lost: int = 0
    is_patient: bool = False

    def press(self, path: str, fields: Mapping[str, str], *, is_autosave: bool = False) -> tuple[int, str, bool]:
        """Return the status and the text of the answer, and whether an earlier one was lost."""
        headers = {**self.headers, **({AUTOSAVE_HEADER: "1"} if is_autosave else {})}
        call, is_doubtful = Call(self.port, path, urlencode(fields), headers), False
        while True:
            try:
                status, text = call.send()
            except (OSError, http.client.HTTPException):
                self.lost, is_doubtful = self.lost + 1, True
                time.sleep(PRESS_AGAIN_SECONDS)
                continue
            self.answered += 1
            if status == AWAY and self.is_patient:
                is_doubtful = True
                time.sleep(PRESS_AGAIN_SECONDS)
                continue
            if status >= 500:
                raise RuntimeError(f"{path} answered {status}: {text[:2000]}")
            return status, text, is_doubtful


@dataclass(slots=True)
class Voter:
    """A member at their ballot of one case: votes, takes the vote back, votes otherwise, until the reveal ends it."""

    person_id: int
    browser: Browser
    case_id: int
    anchor: str
    turns: int
    draw: Random
    steps: list[Step] = field(default_factory=list)

    def vote(self) -> None:
        """Go through the turns; stop where a press is refused since the votes are revealed."""
        version = 0
        ballot = self._think()
        for turn in range(self.turns):
            if turn and self._press(TAKEN_BACK, "ballot/change", ballot) is None:
                return
            ballot = self._think()
            saved = self._press(SAVED, "ballot", ballot, version)
            if saved is None or self._press(CAST, "ballot/cast", ballot) is None:
                return
            version = json.loads(saved)["version"] + 2  # casting counts, and taking back

    def _think(self) -> Ballot:
        return Ballot(self.draw.choice(OVERALL), tuple(self.draw.randint(1, 5) for _ in CRITERIA))

    def _press(self, kind: str, page: str, ballot: Ballot, version: int | None = None) -> str | None:
        key = f"{self.case_id}-{self.person_id}-{len(self.steps)}"
        fields = {"request_key": key} if version is None else ballot.fields(self.anchor, version)
        path = f"/cases/{self.case_id}/{page}"
        status, text, is_doubtful = self.browser.press(path, fields, is_autosave=version is not None)
        if status not in DONE and not any(words in text for words in REVEALED):
            raise RuntimeError(f"{path} answered {status}: {text[:2000]}")
        is_done = status in DONE
        self.steps.append(Step(kind, ballot, "" if version is not None else key, is_done, is_doubtful))
        return text if is_done else None


def reveal(browser: Browser, case_id: int, is_over: Event) -> None:
    """Press "Reveal votes" until everybody in the room has voted."""
    fields = {"action": "reveal_votes", "request_key": f"{case_id}-reveal"}
    while browser.press(f"/cases/{case_id}/session", fields)[0] not in DONE:
        if is_over.wait(LOOK_AGAIN_SECONDS) and browser.press(f"/cases/{case_id}/session", fields)[0] not in DONE:
            raise RuntimeError(f"case {case_id}: all have voted, and the votes are not revealed")


def decide(browser: Browser, case_id: int, action: str) -> int:
    """Record a decision; return the status of the answer."""
    fields = {"action": action, "rationale": "It holds.", "confirmed": "yes", "request_key": f"{case_id}-{action}"}
    return browser.press(f"/cases/{case_id}/decision", fields)[0]
