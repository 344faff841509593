"""Example profiles: a few short made-up cases of a ladder that every rater rates, and the file that they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from review.domain.calibration import SCALE
from review.domain.canonical_json import canonical_json, digest
from review.domain.errors import Fault
from review.domain.ladder import Ladder
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.yaml_text import Document, Path, read_yaml

SCHEMA = "review-examples/1"
TOP = ("schema", "ladder", "profiles")
TEXTS = ("id", "title", "from_level", "to_level", "story")
NOT_HERE = text("this cannot stand here")


@dataclass(frozen=True)
class Reading:
    """How a profile was meant on one criterion, and why."""

    value: int
    why: str


@dataclass(frozen=True)
class ExampleProfile:
    """One made-up case; `readings` by criterion, in the order of the file."""

    ladder: str
    id: str
    title: str
    from_level: str
    to_level: str
    story: str
    readings: Mapping[str, Reading]

    @property
    def digest(self) -> str:
        """Return the digest of all that a rater sees before rating: other words, another profile."""
        said = [self.ladder, self.id, self.title, self.from_level, self.to_level, self.story, sorted(self.readings)]
        return digest(canonical_json(said))


@dataclass(frozen=True)
class Examples:
    """The profiles of one ladder."""

    ladder: str
    profiles: tuple[ExampleProfile, ...]


def parse_examples(source: str, file: str) -> Examples | tuple[Fault, ...]:
    """Read profiles from YAML; return every fault, with its place in the file, instead of profiles."""
    document = read_yaml(source, file)
    if not isinstance(document, Document):
        return document
    faults = tuple(_find_faults(document))
    if faults:
        return faults
    data: dict[str, Any] = document.data
    return Examples(data["ladder"], tuple(_profile(data["ladder"], each) for each in data["profiles"]))


def find_strangers(examples: Examples, ladder: Ladder) -> Iterator[Text]:
    """Yield the levels and criteria of profiles that are not on the ladder, and those rated there that have none."""
    levels = {level.id for level in ladder.levels}
    for profile in examples.profiles:
        strange = [each for each in (profile.from_level, profile.to_level) if each not in levels]
        for level in strange:
            yield text(
                "the profile %(id)s names the level %(name)s, which the ladder has not", id=profile.id, name=level
            )
        if strange:
            continue
        asked = {criterion.id for criterion in ladder.rated_criteria(profile.to_level)}
        for name in sorted(asked ^ profile.readings.keys()):
            yield text("the profile %(id)s and its level differ in the criterion %(name)s", id=profile.id, name=name)


def _profile(ladder: str, data: Mapping[str, Any]) -> ExampleProfile:
    readings = {name: Reading(each["value"], each["why"].strip()) for name, each in data["readings"].items()}
    said = {name: data[name].strip() for name in TEXTS}
    return ExampleProfile(ladder=ladder, readings=readings, **said)


def _find_faults(document: Document) -> Iterator[Fault]:
    data = document.data
    yield from _find_key_faults(document, (), TOP)
    if not isinstance(data, dict) or data.keys() != set(TOP):
        return
    if data["schema"] != SCHEMA:
        yield document.fault(("schema",), text("this is another format"), text("%(name)s", name=SCHEMA))
    if not _is_text(data["ladder"]):
        yield document.fault(("ladder",), NOT_HERE, text("the id of a ladder"))
    if not isinstance(data["profiles"], list) or not data["profiles"]:
        yield document.fault(("profiles",), NOT_HERE, text("a list of profiles"))
        return
    for place in range(len(data["profiles"])):
        yield from _find_profile_faults(document, place)
    ids = [each.get("id") for each in data["profiles"] if isinstance(each, dict)]
    for place, name in enumerate(ids):
        if name in ids[:place]:
            yield document.fault(("profiles", place, "id"), text("this id is there twice"))


def _find_profile_faults(document: Document, place: int) -> Iterator[Fault]:
    path, data = ("profiles", place), document.data["profiles"][place]
    faults = tuple(_find_key_faults(document, path, (*TEXTS, "readings")))
    yield from faults
    if faults:
        return
    for name in TEXTS:
        if not _is_text(data[name]):
            yield document.fault((*path, name), NOT_HERE, text("words"))
    readings = data["readings"]
    if not isinstance(readings, dict) or not readings:
        yield document.fault((*path, "readings"), NOT_HERE, text("a reading for each criterion"))
        return
    for name, each in readings.items():
        here = (*path, "readings", name)
        wrong = tuple(_find_key_faults(document, here, ("value", "why")))
        yield from wrong
        if not wrong and (each["value"] not in SCALE or isinstance(each["value"], bool)):
            expected = text("a whole number from %(least)s to %(most)s", least=SCALE[0], most=SCALE[-1])
            yield document.fault((*here, "value"), NOT_HERE, expected)
        if not wrong and not _is_text(each["why"]):
            yield document.fault((*here, "why"), text("no reason is given"), text("a sentence"))


def _find_key_faults(document: Document, path: Path, keys: tuple[str, ...]) -> Iterator[Fault]:
    """Yield what is missing or unknown in one part."""
    part: Any = document.data
    for step in path:
        part = part[step]
    expected = text("%(keys)s", keys=", ".join(keys))
    if not isinstance(part, dict):
        yield document.fault(path, NOT_HERE, expected)
        return
    for name in part.keys() - set(keys):
        yield document.key_fault((*path, name), text("%(name)s is not known here", name=name), expected)
    for name in keys:
        if name not in part:
            yield document.fault(path, text("%(name)s is missing", name=name), expected)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
