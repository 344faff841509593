"""One pool of render processes for all tests of printing, and each sample printed once."""

import pytest

from review.adapters.paper import Paper, Printed, Size
from review.adapters.pdf import print_packet
from review.adapters.render_pool import RenderPool
from review.domain.packet_json import write_packet
from review.domain.packet_view import View, view_of
from review.domain.phase import Phase
from tests.packet import samples


@pytest.fixture(scope="session")
def pool():
    """Give render processes that stay warm."""
    with RenderPool(1, timeout_s=100) as pool:
        yield pool


@pytest.fixture(scope="session")
def print_view(pool):
    """Give a function that prints a view of a packet in a phase, each once."""
    printed: dict[tuple[bytes, Size], Printed] = {}

    def print_view(packet, view=View.COMMITTEE, phase=Phase.REVEALED, size=Size.A4) -> tuple[bytes, Printed]:
        content = write_packet(view_of(packet, view, phase))
        if (content, size) not in printed:
            printed[content, size] = pool.run(print_packet, content, view=view.value, paper=Paper(size))
        return content, printed[content, size]

    return print_view


@pytest.fixture(scope="session")
def whole(print_view):
    """Give the committee's copy of the whole sample: its JSON and what was printed."""
    return print_view(samples.whole())
