"""Every mistake in a ladder file is told, all at once, with file, line, column and what was expected."""

from __future__ import annotations

import pytest

from review.domain.ladder_file import parse_ladder

HEAD = """\
format: ladder/1
id: test
name: Test
version: "1"
tracks:
  - {id: ic, name: IC}
  - {id: mg, name: Managers, people_manager: true}
levels:
  - {id: one, name: One, track: ic, grade: 1}
  - {id: two, name: Two, track: ic, grade: 2}
  - {id: three, name: Three, track: mg, grade: 2}
criteria:
  - id: care
    name: Care
    at:
      one: Listens.
"""


def faults(source: str) -> list[str]:
    found = parse_ladder(source, file="l.yaml")
    assert isinstance(found, tuple), found
    return [str(fault) for fault in found]


def changed(old: str, new: str) -> str:
    assert old in HEAD
    return HEAD.replace(old, new)


def test_the_beginning_of_these_tests_has_no_fault() -> None:
    assert not isinstance(parse_ladder(HEAD, file="l.yaml"), tuple)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (changed("  - {id: two", "\t- {id: two"), "10:1: a tab in the indentation (expected: spaces)"),
        (
            changed("name: Test\n", "name: Test\nname: Twice\n"),
            '4:1: the key "name" stands here a second time (expected: one name; the first is on line 3)',
        ),
        (
            changed('"1"', "2026.10"),
            '4:10: 2026.10 without quotes is read as the number 2026.1 (expected: it in quotes: "2026.10")',
        ),
        (changed('"1"', "12"), '4:10: 12 without quotes is read as the number 12 (expected: it in quotes: "12")'),
        (
            changed("name: One", "name: true"),
            '9:21: true without quotes is read as true or false (expected: it in quotes: "true")',
        ),
        (changed("ladder/1", "ladder/2"), '1:9: "ladder/2" cannot stand here (expected: one of: ladder/1)'),
        (changed("format: ladder/1\n", ""), "1:1: format is missing (expected: the key format)"),
        (changed("name: Two, ", ""), "10:5: name is missing (expected: the key name)"),
        (
            changed("id: test", "id: my test"),
            (
                '2:5: "my test" cannot stand here (expected: letters, digits, dots, dashes and underscores, '
                "beginning with a letter or digit)"
            ),
        ),
        (changed("grade: 1", 'grade: "1"'), '9:44: "1" cannot stand here (expected: a whole number)'),
        (changed("grade: 1", "grade: 1.5"), '9:44: "1.5" cannot stand here (expected: a whole number)'),
        (
            changed("people_manager: true", "people_manager: yes"),
            '7:46: "yes" cannot stand here (expected: true or false)',
        ),
        (changed("one: Listens.", "one: [Listens.]"), "16:12: a list cannot stand here (expected: text, or a map)"),
        (changed("one: Listens.", "one: 7"), '16:12: "7" cannot stand here (expected: text, or a map)'),
        (changed("name: Test", "name:"), "3:1: nothing stands here (expected: text)"),
        (changed("name: Test", 'name: " "'), '3:7: " " cannot stand here (expected: text that is not empty)'),
        (
            changed("grade: 1", "graed: 1"),
            '9:37: the key "graed" is not known here (expected: grade, or your own keys under x:)',
        ),
        (
            changed("one: Listens.", "one: {colour: red}"),
            (
                '16:13: the key "colour" is not known here (expected: one of blank, examples, measures, not_defined, '
                "plus, proficiency, refers_to, same_as, signals, step, summary, weight; your own keys under x:)"
            ),
        ),
        (
            changed("      one:", "      four:"),
            '16:7: at names "four", which does not exist (expected: one of: one, two, three)',
        ),
        (changed("track: mg", "track: md"), '11:37: track names "md", which does not exist (expected: one of: ic, mg)'),
        (
            changed("{id: two,", "{id: one,"),
            '10:10: the level id "one" stands here a second time (expected: an id of its own; the first is on line 9)',
        ),
        (
            changed("grade: 2}\n  - {id: three", "grade: 0}\n  - {id: three"),
            "10:44: the grade falls: one before it has 1 (expected: 1 or higher)",
        ),
        (
            HEAD + "  - {id: care, name: Again}\n",
            (
                '17:10: the criterion id "care" stands here a second time '
                "(expected: an id of its own; the first is on line 13)"
            ),
        ),
        (
            changed("one: Listens.", "one: {signals: [{id: s, text: a}, {id: s, text: b}]}"),
            '16:46: the signal id "s" stands here a second time (expected: an id of its own; the first is on line 16)',
        ),
        (
            changed("one: Listens.", "one: {signals: [a]}\n      two: {signals: [{id: care.one.1, text: b}]}"),
            (
                '17:28: the signal id "care.one.1" stands here a second time '
                "(expected: an id of its own; the first is on line 16)"
            ),
        ),
        (
            changed("one: Listens.", 'one: {measures: [{id: m, name: M, op: "<<", value: 1}]}'),
            '16:45: "<<" cannot stand here (expected: one of: <, <=, =, >=, >)',
        ),
        (
            changed("one: Listens.", 'one: {measures: [{id: m, name: M, op: "<", value: many}]}'),
            '16:57: "many" cannot stand here (expected: a number)',
        ),
        (changed("one: Listens.", "one: {weight: -1}"), '16:21: "-1" cannot stand here (expected: a number from 0)'),
        (
            changed("one: Listens.", 'one: {signals: [{text: a, links: [{url: "javascript:x"}]}]}'),
            (
                '16:47: "javascript:x" cannot stand here '
                "(expected: an address that begins with https://, http:// or mailto:)"
            ),
        ),
        (
            changed("one: Listens.", "one: {blank: true, summary: Yes.}"),
            "16:12: the cell is blank and yet has summary (expected: one of the two)",
        ),
        (
            changed("one: Listens.", "one: {blank: true, not_defined: true}"),
            "16:12: the cell is both not_defined and blank (expected: one of the two)",
        ),
        (
            changed("one: Listens.", "one: Listens.\n      two: {same_as: one, summary: Yes.}"),
            "17:12: the cell repeats another and yet has summary (expected: same_as and plus alone)",
        ),
        (changed("one: Listens.", "one: {plus: [a]}"), "16:13: plus without same_as (expected: signals)"),
        (
            changed("one: Listens.", "one: {same_as: four}"),
            '16:22: same_as names "four", which does not exist (expected: one of: one, two, three)',
        ),
        (
            changed("one: Listens.", "one: {refers_to: [{level: two, criterion: pace}]}"),
            '16:49: criterion names "pace", which does not exist (expected: one of: care)',
        ),
        (
            changed("one: Listens.", "one: {step: high}"),
            '16:19: step names "high", which does not exist (expected: none: this ladder names none)',
        ),
        (
            changed("criteria:", "scales: {proficiency: [Able]}\ncriteria:").replace(
                "one: Listens.", "one: {proficiency: Best}"
            ),
            '17:26: proficiency names "Best", which does not exist (expected: one of: Able)',
        ),
        (
            changed("criteria:", "moves: [{from: one, to: four}]\ncriteria:"),
            '12:25: to names "four", which does not exist (expected: one of: one, two, three)',
        ),
        (
            changed("criteria:", "moves: [{from: two, to: one, kind: promotion}]\ncriteria:"),
            "12:36: a promotion from grade 2 to grade 1 (expected: a grade above 2)",
        ),
        (
            changed("criteria:", "moves: [{from: one, to: three, kind: track_change}]\ncriteria:"),
            "12:38: a track_change from grade 1 to grade 2 (expected: grade 1 on another track)",
        ),
        (
            changed("criteria:", "moves: [{from: one, to: two, kind: step_down}]\ncriteria:"),
            "12:36: a step_down from grade 1 to grade 2 (expected: a grade below 1)",
        ),
        (
            changed(
                "grade: 2}\n  - {id: three, name: Three, track: mg", "grade: 2}\n  - {id: three, name: Three, track: ic"
            ).replace("criteria:", "moves: [{from: two, to: three, kind: track_change}]\ncriteria:"),
            "12:38: a track_change that stays on its track (expected: lateral)",
        ),
        (
            changed("criteria:", "moves: [{from: one, to: one}]\ncriteria:"),
            "12:25: the move leads back to where it begins (expected: another level)",
        ),
        (
            changed("criteria:", "moves: [{to: one, kind: promotion}]\ncriteria:"),
            "12:9: the move has no beginning (expected: from: a level, or kind: entry)",
        ),
        (
            changed("criteria:", "moves:\n  - {from: two, to: three}\n  - {from: two, to: three}\ncriteria:"),
            "14:5: this move stands here a second time (expected: one move; the first is on line 13)",
        ),
        (
            changed("track: ic, grade: 1}", "typical_time: {min_months: 6, max_months: 3}}"),
            "9:68: max_months is below min_months (expected: 6 or more)",
        ),
        (changed("track: ic, grade: 1}", "span: {min: 4, max: 2}}"), "9:46: max is below min (expected: 4 or more)"),
        (
            changed("criteria:", "promotion: {reviewer_min_grade: high}\ncriteria:"),
            '12:33: "high" cannot stand here (expected: target, or a grade)',
        ),
        (
            changed("criteria:", "promotion: {min_months_in_level: {four: 6}}\ncriteria:"),
            '12:35: min_months_in_level names "four", which does not exist (expected: one of: one, two, three)',
        ),
        (
            changed("criteria:", "role_fit: [{id: a, question: Why?, criterion: pace}]\ncriteria:"),
            '12:47: criterion names "pace", which does not exist (expected: one of: care)',
        ),
        (
            changed("    name: Care\n", "    by_track: {md: {name: X}}\n    name: Care\n"),
            '14:16: by_track names "md", which does not exist (expected: one of: ic, mg)',
        ),
        (changed("    name: Care\n", ""), "13:5: the criterion has no name (expected: a name)"),
        (
            HEAD + "categories: [{id: a, name: A, criteria: [{id: pace, name: Pace}]}]\n",
            "12:1: criteria stand both under categories and on their own (expected: all under categories, or none)",
        ),
        (
            changed("    name: Care\n", "    name: Care\n    steps: [{id: a}, {id: a}]\n"),
            '15:27: the step id "a" stands here a second time (expected: an id of its own; the first is on line 15)',
        ),
        (
            changed("    name: Care\n", "    name: Care\n    steps: [{id: a}]\n")
            + "scoring: {step_points: [0, 1, 2]}\n",
            "15:12: 1 steps, but points for 2 (expected: as many steps as scoring has points after the first)",
        ),
        (
            HEAD + "scoring: {bands: [{min: 0, max: 9, levels: [one]}, {min: 5, levels: [two]}]}\n",
            "17:58: bands overlap or fall (expected: more than 9)",
        ),
        (
            HEAD + "scoring: {bands: [{min: 0, levels: [four]}]}\n",
            '17:37: levels names "four", which does not exist (expected: one of: one, two, three)',
        ),
        (
            HEAD + "scoring: {pay_steps: [{min: 0, code: 1.10}]}\n",
            '17:38: 1.10 without quotes is read as the number 1.1 (expected: it in quotes: "1.10")',
        ),
        ("- a\n", "1:1: this is not a ladder (expected: a map that begins with format: ladder/1)"),
        ("", "1:1: this is not a ladder (expected: a map that begins with format: ladder/1)"),
    ],
)
def test_one_mistake_is_one_fault_at_its_place(source: str, told: str) -> None:
    assert faults(source) == [f"l.yaml:{told}"]


def test_promotions_in_a_circle_are_told() -> None:
    source = HEAD.replace(", grade: 1", "").replace(", grade: 2", "")
    moves = (
        "moves:\n  - {from: two, to: three, kind: promotion}\n  - {from: three, to: one, kind: promotion}\ncriteria:"
    )
    assert faults(source.replace("criteria:", moves)) == [
        "l.yaml:14:23: promotions go in a circle: three → one → two → three (expected: promotions that only rise)"
    ]


def test_a_promotion_against_the_order_of_its_track_is_a_circle() -> None:
    source = HEAD.replace(", grade: 1", "").replace(", grade: 2", "")
    assert faults(source.replace("criteria:", "moves: [{from: two, to: one, kind: promotion}]\ncriteria:")) == [
        "l.yaml:12:25: promotions go in a circle: two → one → two (expected: promotions that only rise)"
    ]


def test_cells_that_repeat_each_other_are_told() -> None:
    source = HEAD.replace("one: Listens.", "one: {same_as: two}\n      two: {same_as: one}")
    assert faults(source) == [
        "l.yaml:16:22: cells repeat each other in a circle: one → two → one (expected: a cell with words of its own)",
        "l.yaml:17:22: cells repeat each other in a circle: two → one → two (expected: a cell with words of its own)",
    ]


def test_all_faults_are_told_at_once_in_the_order_of_the_text() -> None:
    source = (
        HEAD.replace('version: "1"', "version: 2026.10")
        .replace("track: mg", "track: md")
        .replace("grade: 1", "graed: 1")
        .replace("one: Listens.", "four: {sumary: Listens.}")
    )
    assert faults(source) == [
        'l.yaml:4:10: 2026.10 without quotes is read as the number 2026.1 (expected: it in quotes: "2026.10")',
        'l.yaml:9:37: the key "graed" is not known here (expected: grade, or your own keys under x:)',
        'l.yaml:11:37: track names "md", which does not exist (expected: one of: ic, mg)',
        'l.yaml:16:7: at names "four", which does not exist (expected: one of: one, two, three)',
        'l.yaml:16:14: the key "sumary" is not known here (expected: summary, or your own keys under x:)',
    ]
