"""The 22 actors of the grid, each played by somebody of the cast who is nothing else in the case."""

from __future__ import annotations

from dataclasses import dataclass

BEFORE_SEAL = frozenset({"draft", "collecting", "built"})
MORE_PEOPLE = {
    "edda": ("Edda Roos", "Finance", "Chief financial officer", "executive"),
    "hedi": ("Hedi Falk", "People", "HR partner", "hr"),
    "paul": ("Paul Stern", "Legal", "Head of Legal", None),
    "pia": ("Pia Lorenz", "Operations", "Head of Operations", None),
}
"""Who joins the cast: an executive above nobody in the case, a second HR partner, two for the leadership panel."""


@dataclass(frozen=True, slots=True)
class Track:
    """Who is who in the case of one track; `reports` are asked for upward feedback."""

    key: str
    candidate: str
    manager: str
    skip_level: str
    to_level: str
    reports: tuple[str, ...] = ()


IC = Track("ic", "iris", "greta", "dario", "staff-pm")
PEOPLE = Track("people", "greta", "dario", "vera", "director-pm", ("iris", "ben", "cora"))
TRACKS = {track.key: track for track in (IC, PEOPLE)}


@dataclass(frozen=True, slots=True)
class Player:
    """An actor of the grid: who plays it (nobody for those without an account), and the grid's roles they hold."""

    actor: str
    person: str | None
    roles: frozenset[str]


def players(track: Track, stage: str) -> tuple[Player, ...]:
    """Return who plays each actor at a stage of the story; a late conflict puts the chair out at the very end."""
    declared = "aya" if stage in BEFORE_SEAL else "jonas"
    executive = "executive" if track.reports else "other_employee"
    played: dict[str, tuple[str | None, str]] = {
        "candidate": (track.candidate, "candidate"),
        "giver": ("erin", "giver"),
        "other_giver": ("dev", "giver other_giver"),
        "external_giver": (None, "external_giver"),
        "manager": (track.manager, "manager"),
        "former_manager": ("mats", "former_manager"),
        "skip_level": (track.skip_level, "skip_level"),
        "second_rater": ("ravi", "second_rater"),
        "member": ("mika", "member"),
        "chair": ("clara", "chair"),
        "conflicted_member": (declared, "conflicted_member"),
        "hr": ("hanna", "hr"),
        "involved_hr": ("hugo", "involved_hr"),
        "executive": ("edda", executive),
        "appeals": ("petra", "appeals" if stage == "appealed" else "other_employee"),
        "auditor": ("abel", "auditor"),
        "it_admin": ("ines", "it_admin"),
        "other_employee": ("otto", "other_employee"),
        "ex_employee": ("xenia", "ex_employee"),
        "anonymous": (None, "anonymous"),
        "provisioning": (None, "provisioning"),
        "conflicted_chair": ("clara", "conflicted_chair"),
    }
    outside = {"external_giver", "ex_employee", "anonymous", "provisioning"}
    return tuple(
        Player(actor, person, frozenset(roles.split()) | (frozenset() if actor in outside else {"other_employee"}))
        for actor, (person, roles) in played.items()
    )
