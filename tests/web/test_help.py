"""Help: guides of one's own roles first, the same words as in the repository, and nothing but our own pictures."""

import re

import pytest
from PIL import Image

from docs.shot_list import PAGES
from review.adapters.guides import FOLDER, NAMES, PICTURES, load_guides
from tests.personas import found_company
from tests.signed_in import Door, listed, soup, words

MOST_BYTES = 64_000


@pytest.fixture
def door(client, session, now):
    company = found_company(session)
    session.commit()
    return Door(client, session, now, company.ids)


def test_guides_for_what_one_does_come_first(door):
    pages = {key: door.enter(key).get("/help") for key in ("iris", "greta", "hanna", "noor")}
    links = {key: soup(page).select("[aria-labelledby=own] a") for key, page in pages.items()}
    assert {key: [link["href"].rpartition("/")[2] for link in found] for key, found in links.items()} == {
        "iris": ["candidate", "giver"],
        "greta": ["candidate", "giver", "manager"],
        "hanna": ["candidate", "giver", "manager", "hr"],
        "noor": ["candidate", "giver", "manager", "executive"],
    }
    assert [len(soup(page).select("main a")) for page in pages.values()] == [len(NAMES)] * 4


def test_a_guide_reads_as_its_file_does(door):
    client = door.enter("iris")
    page = client.get("/help/candidate")
    written = (FOLDER / "candidate.md").read_text(encoding="utf-8")
    assert words(page, "h1") == "Guide for candidates"
    assert listed(page, ".guide h2") == re.findall(r"^## (.*)$", written, re.MULTILINE)
    assert [each["src"] for each in soup(page).select(".guide img")] == ["/help/pictures/case.png"]
    with client.get("/help/pictures/case.png") as answer:
        assert (answer.mimetype, answer.get_data()) == ("image/png", (PICTURES / "case.png").read_bytes())


def test_links_to_other_documents_are_plain_words_in_the_program(door):
    page = door.enter("iris").get("/help/auditor")
    assert soup(page).select(".guide a[href]") == []
    assert words(page).endswith("More: the record , and which rights are tried how: rights .")


@pytest.mark.parametrize("path", ["/help/nobody", "/help/../README", "/help/pictures/nothing.png"])
def test_there_is_nothing_else(door, path):
    assert door.enter("iris").get(path).status_code == 404


def test_who_is_not_signed_in_reads_nothing(door):
    assert door.client.get("/help").status_code == 303


def test_each_guide_is_there_with_small_pictures_of_pages_that_there_are():
    assert [guide.name for guide in load_guides()] == list(NAMES)
    assert sorted(path.stem for path in FOLDER.glob("*.md")) == sorted(NAMES)
    named = {name for guide in load_guides() for name in re.findall(r"\(pictures/([\w-]+)\.png\)", guide.text)}
    assert {path.stem for path in PICTURES.glob("*.png")} == named
    assert named <= {name for name, _who, _path in PAGES}
    assert [path.name for path in PICTURES.glob("*.png") if path.stat().st_size > MOST_BYTES] == []
    assert {width_of(path) for path in PICTURES.glob("*.png")} == {960}


def width_of(path):
    with Image.open(path) as picture:
        return picture.width


def test_links_between_documents_lead_to_files():
    for guide in load_guides():
        for target in re.findall(r"\]\(([^)#]+)", guide.text):
            assert (FOLDER / target).exists(), (guide.name, target)
