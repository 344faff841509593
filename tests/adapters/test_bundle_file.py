"""The page of a bundle stands by itself: days as people write them, a table for what is many, nothing loaded."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup

from review.adapters.bundle_file import write_page
from review.domain.bundle import Bundle, Entry, Section, TakenOut

MAILS = tuple(
    Entry(
        f"message-{day}",
        Section.MAILS,
        "message.to_person_id",
        {"sent_at": f"2026-09-0{day}T09:20+02:00", "template": "data_ready"},
    )
    for day in (1, 2)
)
CASE = Entry(
    "case-case-7",
    Section.CASES,
    "case.candidate_id",
    {"created_at": "2026-09-02", "code": "A-7", "words": "<b>Bold</b>"},
)


GAP = Entry(
    "gap-1-case-7",
    Section.RESULTS,
    "case.candidate_id",
    {"criterion_id": "hard-skills", "seen": "*Two* plans", "missing": "One more"},
)
WORDS = Entry(
    "self_review-1-case-7", Section.OWN_WORDS, "case.candidate_id", {"body": "I **led** it:\n\n- one\n- <i>two</i>"}
)


def page() -> BeautifulSoup:
    bundle = Bundle(
        *("Iris Vance", "Tarnfield", "2026-11-16T08:00+01:00", (CASE, *MAILS, GAP, WORDS), ()),
        taken_out=(TakenOut("x", "", "Others"),),
        names={"criterion": {"hard-skills": "Hard skills"}},
    )
    return BeautifulSoup(write_page(bundle, locale="en"), "html.parser")


def listed(selector: str) -> list[str]:
    return [" ".join(each.get_text(" ").split()) for each in page().select(selector)]


def test_what_is_many_is_a_table_with_days_as_people_write_them() -> None:
    assert listed("tr") == [
        "About Sent",
        "Your data is ready 1 September 2026, 09:20",
        "Your data is ready 2 September 2026, 09:20",
    ]
    assert listed("dl") == [
        "Number A-7 Words <b>Bold</b> Made 2 September 2026",
        "Words I led it: one <i>two</i>",
        "Criterion Hard skills Seen *Two* plans Missing One more",
    ]
    assert [each.decode_contents() for each in page().select("dd.text li, dd.text strong")] == [
        "led",
        "one",
        "&lt;i&gt;two&lt;/i&gt;",
    ]
    assert listed(".when") == ["Tarnfield, 16 November 2026, 08:00"]
    assert listed("main > section:last-child li") == ["A whole entry: Others"]


def test_nothing_is_loaded_and_no_line_runs_out_of_the_page() -> None:
    found = page()
    assert found.select("link, script, img, pre, [src], [href], [style]") == []
    assert re.findall(r"url\(|@import", found.select("style")[0].text) == []
