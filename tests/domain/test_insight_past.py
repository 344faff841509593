"""Past cases in the figures of a cycle: apart from its own, marked, silent where they are few."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from review.domain.insight.facts import Facts, PastFact, PastSpell
from review.domain.insight.past import tell_past
from tests.domain.test_insight import case, figure, table

SPRING, AUTUMN = date(2023, 5, 17), date(2024, 11, 20)
PAST = (
    PastFact("Spring 2023", SPRING, "IC", "3", 6, 10),
    PastFact("Autumn 2024", AUTUMN, "IC", "3", 2, 4),
    PastFact("Autumn 2024", AUTUMN, "IC", "4", 1, 4),
    PastFact("Autumn 2024", AUTUMN, "People", "4", 0, 3),
)


def test_each_earlier_cycle_stands_in_its_order_and_is_marked() -> None:
    """This cycle's own cases stand below, from five decided ones that ask for a promotion on."""
    cases = (*(case(k, outcome="promoted" if k < 3 else "not_yet") for k in range(5)), case(9, kind="track_change"))
    found = table(tell_past(Facts(least=5, past=PAST, cases=cases)), "past-cycles")
    assert [(str(line.name), *map(str, line.cells)) for line in found.lines] == [
        ("Spring 2023, brought in", "6 of 10", "60\u00a0%", "31\u00a0% to 83\u00a0%"),
        ("Autumn 2024, brought in", "3 of 11", "27\u00a0%", "10\u00a0% to 57\u00a0%"),
        ("This cycle", "3 of 5", "60\u00a0%", "23\u00a0% to 88\u00a0%"),
    ]
    few = table(tell_past(Facts(least=5, past=PAST, cases=cases[1:])), "past-cycles")
    assert [str(line.name) for line in few.lines] == ["Spring 2023, brought in", "Autumn 2024, brought in"]


def test_small_groups_are_hidden_with_another() -> None:
    """Three and four are below five; they are seven together, so the largest group can stay."""
    section = tell_past(Facts(least=5, past=PAST))
    found = table(section, "past-rates")
    assert [(str(line.name), str(line.cells[0])) for line in found.lines] == [("IC 3", "8 of 14")]
    assert str(found.note).startswith("Groups of fewer than 5 are hidden")
    assert table(section, "past-cycles").note == ""
    told = figure(section, "Promoted before")
    assert (told.value, str(told.n)) == ("43\u00a0%", "21 past cases")


def test_months_are_told_from_ten_pairs_on() -> None:
    spells = tuple(PastSpell("IC", float(10 + k)) for k in range(10)) + (PastSpell("People", 40.0),) * 6
    section = tell_past(Facts(least=5, past=PAST, spells=spells))
    told = figure(section, "Months between two promotions")
    assert (told.value, str(told.range), str(told.n)) == ("17.5", "13.0 to 40.0", "16 pairs of promotions")
    assert [(str(line.name), *map(str, line.cells)) for line in table(section, "past-months").lines] == [
        ("IC", "10", "14.5", "11.0 to 18.0", ""),
        ("People", "6", "", "", "6 are here; it is told from 10 on"),
    ]
    few = figure(tell_past(Facts(least=5, past=PAST, spells=spells[:4])), "Months between two promotions")
    assert (few.value, few.n, str(few.why)) == ("", "", "Shown from 5 on")


def test_where_nothing_was_brought_in_nothing_is_shown() -> None:
    section = tell_past(replace(Facts(least=5), cases=tuple(case(k) for k in range(9))))
    assert (section.figures, section.tables) == ((), ())
    assert [str(note) for note in section.notes] == ["No past case of this ladder was brought in."]
