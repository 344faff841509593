"""The demo company is consistent: people, roles and committees fit together, and the files are read strictly."""

from __future__ import annotations

import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from review.demo.build_before import Answer, list_answers
from review.demo.company import GlobalRole, place_day
from review.demo.content import CONTENT, DemoContent, load_content
from review.demo.script import anchors_in, fill_anchors
from review.domain.errors import Invalid
from review.domain.ladder import Ladder
from tests.domain.demo_cases import read_ladder

FUNCTIONS = {
    "Product",
    "Engineering",
    "Design",
    "Data",
    "Sales",
    "Marketing",
    "Customer Success",
    "Finance",
    "People",
}
SENTENCE_END = re.compile(r"(?<=[.?])\"?\s+")


@pytest.fixture(scope="module")
def content() -> DemoContent:
    return load_content()


@pytest.fixture(scope="module")
def ladder() -> Ladder:
    return read_ladder()


def find_words(value: object) -> Iterator[str]:
    """Walk through everything that was written."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from find_words(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from find_words(each)
    elif is_dataclass(value):
        for each in fields(value):
            yield from find_words(getattr(value, each.name))


def test_people_are_distinct_and_placed(content: DemoContent) -> None:
    people = content.people
    assert len({person.id for person in people}) == len({person.name for person in people}) == len(people)
    assert 110 <= len(people) <= 130
    assert {person.function for person in people} == FUNCTIONS
    assert all(ZoneInfo(person.zone).key == person.zone for person in people)
    assert [person for person in people if person.since is not None and person.since > person.joined] == []
    assert content.email("marit.oyelaran") == "marit.oyelaran@winterlane.example"


def test_everybody_reports_up_to_one_chief(content: DemoContent) -> None:
    manager = {person.id: person.manager for person in content.people}
    assert [person for person, above in manager.items() if above is None] == ["marit.oyelaran"]
    for person in manager:
        steps = [person]
        while (above := manager[steps[-1]]) is not None:
            assert above not in steps
            steps.append(above)
        assert steps[-1] == "marit.oyelaran"


def test_product_people_stand_on_the_ladder(content: DemoContent, ladder: Ladder) -> None:
    assert (content.ladder.id, content.ladder.version) == (ladder.id, ladder.version)
    levels = Counter(person.level for person in content.people if person.function == "Product")
    assert set(levels) == {level.id for level in ladder.levels}
    assert sum(levels.values()) == 50
    assert [p.id for p in content.people if (p.level is None) != (p.function != "Product")] == []
    assert [p.id for p in content.people if (p.level is None) != (p.since is None)] == []


def test_people_managers_have_enough_reports_for_upward_feedback(content: DemoContent) -> None:
    reports = Counter(person.manager for person in content.people)
    asked = {"group-pm", "director-pm", "vp-product"}
    few = [person.id for person in content.people if person.level in asked and reports[person.id] < 3]
    assert few == []


def test_roles_and_cast(content: DemoContent) -> None:
    known = {person.id for person in content.people}
    assert {role: len(holders) for role, holders in content.roles.items()} == {
        GlobalRole.HR: 3,
        GlobalRole.AUDITOR: 1,
        GlobalRole.IT_ADMIN: 1,
        GlobalRole.EXECUTIVE: 2,
        GlobalRole.APPEALS: 3,
    }
    holders = [person for people in content.roles.values() for person in people]
    assert len(set(holders)) == len(holders)
    assert set(holders) <= known
    cast = [member.person for group in content.cast for member in group.members]
    assert len(set(cast)) == len(cast)
    assert set(cast) <= known
    assert {holder for holder in cast if holder in holders} == {
        *content.roles[GlobalRole.HR][:2],
        content.roles[GlobalRole.AUDITOR][0],
        content.roles[GlobalRole.IT_ADMIN][0],
        content.roles[GlobalRole.EXECUTIVE][0],
        content.roles[GlobalRole.APPEALS][0],
    }


def test_hr_partners_belong_to_the_people_function(content: DemoContent) -> None:
    assert {content.person(person).function for person in content.roles[GlobalRole.HR]} == {"People"}


def test_committees_are_spread_and_apart_from_those_they_judge(content: DemoContent) -> None:
    special = set(content.roles[GlobalRole.EXECUTIVE]) | set(content.roles[GlobalRole.APPEALS])
    for committee in content.committees:
        members = [member.person for member in committee.members]
        roles = Counter(member.role for member in committee.members)
        assert (len(set(members)), roles["chair"], roles["deputy"]) == (5, 1, 1)
        assert committee.chair != committee.deputy
        assert len({content.person(member).function for member in members}) >= 4
        assert not set(members) & special
        candidates = {case.candidate for case in content.cases if case.committee == committee.key}
        assert not candidates & set(members)


def test_the_running_cycle_has_two_committees(content: DemoContent) -> None:
    running = [cycle.key for cycle in content.cycles if not cycle.is_closed]
    assert running == ["autumn"]
    assert Counter(committee.cycle for committee in content.committees) == {"spring": 1, "autumn": 2}


def test_cycle_days_are_in_order(content: DemoContent) -> None:
    names = [
        "nomination_deadline",
        "packet_deadline",
        "feedback_deadline",
        "calibration_date",
        "announcement_date",
        "effective_date",
    ]
    for cycle in content.cycles:
        days = [cycle.dates[name] for name in names]
        assert sorted(cycle.dates) == sorted(names)
        assert days == sorted(days)
        assert cycle.opened < days[0]
        assert set(cycle.required_functions) <= FUNCTIONS
        assert {opt_out.person for opt_out in cycle.opt_outs} <= {person.id for person in content.people}


def test_those_who_opted_out_have_no_case(content: DemoContent) -> None:
    for cycle in content.cycles:
        candidates = {case.candidate for case in content.cases if case.cycle == cycle.key}
        assert not candidates & {opt_out.person for opt_out in cycle.opt_outs}


def test_no_sentence_is_written_twice(content: DemoContent) -> None:
    sentences = Counter(
        sentence.strip(' .?"').lower()
        for words in find_words(content)
        for sentence in SENTENCE_END.split(words)
        if len(re.findall(r"[^\W\d_]+", sentence)) >= 6
    )
    assert len(sentences) > 2000
    assert {sentence for sentence, count in sentences.items() if count > 1} == set()


def test_every_address_is_reserved_for_examples() -> None:
    texts = [path.read_text(encoding="utf-8") for path in CONTENT.rglob("*.yaml")]
    hosts = {host for words in texts for host in re.findall(r"https?://([^/\"\s]+)", words)}
    assert hosts
    assert [host for host in hosts if not host.endswith(".example")] == []


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("people.yaml", "title: Chief Executive Officer", "titel: Chief Executive Officer", "titel"),
        ("cycles.yaml", "is_closed: true", "is_shut: true", "is_shut"),
        ("cases/camille-senior.yaml", "kind: promotion", "sort: promotion", "sort"),
        ("cases/camille-senior.yaml", "state: nominated", "state: somewhere", "target.state"),
        ("cases/camille-senior.yaml", "cycle: autumn", "cycle: autumn\ncycle: spring", "duplicate key"),
    ],
)
def test_a_mistake_is_refused_with_its_place(tmp_path: Path, file: str, before: str, after: str, said: str) -> None:
    folder = shutil.copytree(CONTENT, tmp_path / "content")
    words = (folder / file).read_text(encoding="utf-8")
    assert before in words
    (folder / file).write_text(words.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        load_content(folder)
    assert {fault.file for fault in refused.value.faults} == {Path(file).name}
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("day", "on"),
    [
        (0, date(2026, 11, 18)),
        (-3, date(2026, 11, 13)),  # a Sunday in the past becomes the Friday before
        (-4, date(2026, 11, 13)),
        (3, date(2026, 11, 23)),  # a Saturday to come becomes the Monday after
        (4, date(2026, 11, 23)),
        (5, date(2026, 11, 23)),
    ],
)
def test_days_fall_on_working_days(day: int, on: date) -> None:
    assert place_day(date(2026, 11, 18), day) == on


def test_days_of_people(content: DemoContent) -> None:
    today = date(2026, 11, 18)
    camille = content.person("camille.osei")
    assert camille.level_since_on(today) == place_day(today, -580)
    assert content.person("marit.oyelaran").level_since_on(today) is None
    assert content.person("marit.oyelaran").joined_on(today) == place_day(today, -4105)


def test_anchors_are_found_and_printed() -> None:
    prose = "The band held {E:band}, as finance says {F:bao} and shows {E:band}."
    assert anchors_in(prose) == ("E:band", "F:bao")
    assert fill_anchors(prose, {"E:band": "E2", "F:bao": "F1"}) == (
        "The band held E2, as finance says F1 and shows E2."
    )
    with pytest.raises(KeyError):
        fill_anchors(prose, {"E:band": "E2"})


def test_past_cases_fit_the_directory(content: DemoContent, ladder: Ladder) -> None:
    """The last promotion of each leads to the level of today; nobody is told twice in a round, or before their first
    day; from round to round each comes one level on.
    """
    today = date(2026, 11, 23)
    answers = list(list_answers(tuple(content.people), ladder, today))
    levels = {person.id: person.level for person in content.people}
    promoted: dict[str, list[Answer]] = defaultdict(list)
    for each in sorted(answers, key=lambda answer: answer.on):
        assert each.on > today - timedelta(days=content.person(each.person).joined)
        if each.outcome == "promoted":
            promoted[each.person].append(each)
    assert len({(each.person, each.cycle) for each in answers}) == len(answers)
    assert (len(answers), Counter(map(len, promoted.values()))) == (88, Counter({1: 20, 2: 15, 3: 6}))
    for person, steps in promoted.items():
        assert steps[-1].to_level == levels[person]
        assert [later.from_level for later in steps[1:]] == [earlier.to_level for earlier in steps[:-1]]


def test_words_about_people_fit_whoever_they_are_given_to() -> None:
    """A larger company gives these texts to other people under other names."""
    of_some = re.compile(r"\b(he|she|his|hers?|him|himself|herself)\b", re.IGNORECASE)
    files = sorted(CONTENT.rglob("*.yaml"))
    assert (len(files) > 20, [path.name for path in files if of_some.search(path.read_text(encoding="utf-8"))]) == (
        True,
        [],
    )
