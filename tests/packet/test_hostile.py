"""Texts that would break a layout engine: a packet or a clear report comes of each, and nothing is fetched."""

import os
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from review.adapters.packet_receipt import Verdict, verify_packet
from review.adapters.paper import TEMPLATES, Printed
from review.adapters.pdf import LONGEST_PACKET, LONGEST_TEXT, print_packet
from review.domain.errors import Fault, Invalid
from review.domain.packet_json import write_packet
from review.domain.packet_view import View, view_of
from review.domain.phase import Phase
from review.domain.text import text
from tests.packet import samples


def with_text(words: str):
    packet = samples.entry()
    return replace(packet, criteria=(replace(packet.criteria[0], self_review=words), *packet.criteria[1:]))


def words_of(printed: Printed) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(printed.pdf)).pages)


def test_a_megabyte_of_text_is_refused_with_its_place_and_size(print_view):
    with pytest.raises(Invalid) as caught:
        print_view(with_text("word " * 200_000))
    each = "This text has %(have)s characters; a packet takes up to %(most)s"
    together = "All texts have %(have)s characters; a packet takes up to %(most)s"
    first, second = caught.value.faults
    assert first == Fault(text(each, have=1_000_000, most=LONGEST_TEXT), field="criteria.0.self_review")
    assert (second.what.one, dict(second.what.values)["most"]) == (together, LONGEST_PACKET)


def test_the_longest_text_that_is_taken_is_printed(print_view):
    printed = print_view(with_text("Nine boats went out. " * (LONGEST_TEXT // 21)))[1]
    assert printed.pages > 15


def test_a_word_longer_than_a_page_is_broken_and_printed(print_view):
    printed = print_view(with_text("x" * 6000))[1]
    assert words_of(printed).count("x") >= 6000


def test_a_word_of_two_hundred_thousand_letters_is_refused(print_view):
    with pytest.raises(Invalid, match="200000 characters"):
        print_view(with_text("x" * 200_000))


def test_nesting_is_bounded(print_view):
    nested = [
        "<div>" * 150 + "deep0" + "</div>" * 150,
        "> " * 150 + "deep1",
        "\n".join("  " * depth + "- deep2" for depth in range(150)),
        "*" * 3000 + "deep3" + "*" * 3000,
        "[" * 3000 + "deep4",
        "deep5 | x\n--- | ---\n" + "a | b\n" * 2000,
    ]
    evidence = [replace(samples.EVIDENCE[0], anchor=f"E{number}", done=words) for number, words in enumerate(nested, 1)]
    printed = words_of(print_view(replace(samples.entry(), evidence=tuple(evidence)))[1])
    assert [number for number in range(6) if f"deep{number}" not in printed] == []


def test_what_is_typed_is_what_is_printed(print_view):
    told = {
        '=HYPERLINK("http://evil.test")': '=HYPERLINK("http://evil.test")',
        "<script>alert(1)</script> <img src=x onerror=y>": "<script>alert(1)</script> <img src=x onerror=y>",
        "<title>Stolen</title><meta name=author content=Mallory>": "<title>Stolen</title>",
        "{{ page.digest }} {% raw %}": "{{ page.digest }} {% raw %}",
        "nul \x00 and \u202eback\u202c": "nul and back",
        "&lt;b&gt; &#60;b&#62;": "<b> <b>",
        "&#x202e;gnp.exe &#8203;x&shy;y": "gnp.exe xy",
    }
    copy = print_view(with_text("\n\n".join(told)))[1]
    words = words_of(copy).replace("\n", " ").replace("  ", " ")
    assert [each for each in told.values() if each not in words] == []
    assert PdfReader(BytesIO(copy.pdf)).metadata.title == "PR-2026-031 · Noor Abdi, IC1"
    assert PdfReader(BytesIO(copy.pdf)).metadata.author == "Product committee"


def test_names_cannot_break_the_page(print_view):
    packet = samples.entry()
    name = "A\r\nB\x00" + "<b>" + "long" * 100
    printed = print_view(replace(packet, candidate=replace(packet.candidate, name=name)))[1]
    assert PdfReader(BytesIO(printed.pdf)).metadata.title == (
        "PR-2026-031 · A B<b>longlonglonglonglonglonglonglonglonglonglon…, IC1"
    )


def test_a_cover_has_the_whole_names_of_few_criteria(print_view):
    whole, name = samples.whole(), "Working together across teams (inside and outside the company)"
    criteria = (replace(whole.criteria[0], name=name), *whole.criteria[1:])
    cover = PdfReader(BytesIO(print_view(replace(whole, criteria=criteria))[1].pdf)).pages[0].extract_text()
    assert (len(criteria), name in " ".join(cover.split())) == (4, True)


@pytest.mark.parametrize("turns", [1, 2])
def test_a_cover_with_too_much_on_it_still_carries_its_digest(print_view, turns):
    whole = samples.whole()
    criteria = tuple(
        replace(one, id=f"{one.id}-{turn}", name=f"{one.name} W" * 40)
        for turn in range(turns)
        for one in whole.criteria
    )
    wide = "W" * 2000
    packet = replace(
        whole,
        criteria=criteria,
        candidate=replace(whole.candidate, name=wide, title=wide),
        case=replace(whole.case, code="C" * 90, cycle=wide, committee=wide, to_level=replace(samples.STAFF, name=wide)),
        former_managers=whole.former_managers * 50,
    )
    receipt = verify_packet(print_view(packet)[1].pdf)
    assert (receipt.verdict, receipt.reasons) == (Verdict.WHOLE, ())


@pytest.fixture
def listener():
    """Listen on a port and keep the addresses of those who came."""
    came: list[object] = []
    server = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def listen():
        while not stopped.is_set():
            try:
                connection, address = server.accept()
            except OSError:
                return
            came.append(address)
            connection.close()

    thread = threading.Thread(target=listen)
    thread.start()
    yield server.getsockname()[1], came
    stopped.set()
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def test_no_address_in_a_text_is_fetched_or_embedded(print_view, listener, tmp_path):
    port, came = listener
    secret = tmp_path / "secret.txt"
    secret.write_text("the harbour master’s salary", encoding="utf-8")
    words = (
        f"![a](http://127.0.0.1:{port}/a.png) <img src='http://127.0.0.1:{port}/b.png'> ![c](file://{secret})\n\n"
        f"<link rel=attachment href='file://{secret}'> <a rel=attachment href='file://{secret}'>x</a>\n\n"
        f"<style>@import url(http://127.0.0.1:{port}/c.css); body {{ background: url(file://{secret}) }}</style>\n\n"
        f"[plain](http://127.0.0.1:{port}/d) [local](file://{secret}) [script](javascript:alert(1))"
    )
    content, printed = print_view(with_text(words))
    reader = PdfReader(BytesIO(printed.pdf))
    assert came == []
    assert {name: files[0] for name, files in reader.attachments.items()} == {"packet.json": content}
    assert "harbour master’s" not in words_of(printed)
    addresses = {
        annotation.get_object()["/A"]["/URI"]
        for page in reader.pages
        for annotation in page.get("/Annots", [])
        if "/URI" in annotation.get_object().get("/A", {})
    }
    assert addresses == {f"http://127.0.0.1:{port}/d"}


FETCHES = """
import sys
from pathlib import Path
from review.adapters.paper import TEMPLATES
from review.adapters.print_engine import DeafFetcher
fetcher = DeafFetcher(TEMPLATES / "packet")
for url in sys.argv[1:]:
    try:
        fetcher.fetch(url).read()
        print("given")
    except ValueError as error:
        print(error)
"""


def test_only_our_fonts_and_data_are_given():
    font = TEMPLATES / "packet/fonts/inter-latin-400-normal.ttf"
    asked = [
        font.as_uri(),
        "data:text/plain,hello",
        (TEMPLATES / "packet/packet.css").as_uri(),
        "file:///etc/passwd",
        f"{font.parent.as_uri()}/../packet.css",
        f"file://elsewhere.test{font}",
        "http://127.0.0.1:9/x",
        "https://example.test/x",
        "ftp://example.test/x",
    ]
    done = subprocess.run(
        [sys.executable, "-c", FETCHES, *asked],
        env={**os.environ, "PYTHONPATH": str(TEMPLATES.parent)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.splitlines() == ["given", "given"] + ["addresses are not fetched for print"] * 7


def test_another_view_than_asked_is_refused():
    content = write_packet(view_of(samples.whole(), View.COMMITTEE, Phase.SEALED))
    with pytest.raises(Invalid) as caught:
        print_packet(content, view="candidate")
    assert caught.value.faults == (
        Fault(
            text("a packet for the view “%(have)s”", have="committee"), text("%(view)s", view="candidate"), field="view"
        ),
    )


def test_a_whole_packet_is_nobodys_and_is_not_printed():
    with pytest.raises(Invalid):
        print_packet(write_packet(samples.whole()), view="whole")


def test_more_items_in_all_than_a_packet_takes_are_refused():
    whole = samples.whole()
    many = tuple(replace(whole.feedback[0], remarks=whole.feedback[0].remarks[:1] * 299) for _ in range(12))
    content = write_packet(view_of(replace(whole, feedback=many), View.COMMITTEE, Phase.REVEALED))
    with pytest.raises(Invalid, match="items in all lists; a packet takes up to 3000"):
        print_packet(content, view="committee")


def test_more_items_than_a_packet_takes_are_refused():
    packet = replace(samples.whole(), evidence=samples.EVIDENCE * 61)
    with pytest.raises(Invalid) as caught:
        print_packet(write_packet(view_of(packet, View.COMMITTEE, Phase.SEALED)), view="committee")
    assert caught.value.faults == (
        Fault(text("%(have)s items; a packet takes up to %(most)s", have=305, most=300), field="evidence"),
    )
