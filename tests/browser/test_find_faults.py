"""What is wrong with a page is found: pale words, a picture without words, what leads out at the side, a report."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

PAGE = '<!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1>{}</main></html>'
WHOLE = "<p>Words that can be read.</p>"
PALE, WORDLESS = '<p style="color:#ccc">Pale.</p>', '<img src="data:,">'
WIDE = '<p style="width:1380px;margin:0">Wide.</p>'


def test_a_whole_page_has_no_faults(open_page: Callable[..., Page], find_faults: Callable[[Page], list[str]]) -> None:
    page = open_page()
    page.set_content(PAGE.format(WHOLE))
    assert find_faults(page) == []


def test_each_fault_is_found_and_shown(
    open_page: Callable[..., Page], find_faults: Callable[[Page], list[str]]
) -> None:
    page = open_page()
    page.set_content(PAGE.format(WHOLE + PALE + PALE + WORDLESS + WIDE))
    page.evaluate("console.error('refused')")
    assert sorted(find_faults(page)) == [
        f"color-contrast: {[PALE, PALE]}",
        "console: refused",
        f"image-alt: {[WORDLESS]}",
        "overflow by 108 px",
    ]
