"""What `dualtrack demo` says once the company is built."""

from __future__ import annotations

import pytest

from review.cli.demo import say_mails


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 mail of these days went to file:mail, with a link for somebody outside."),
        (31, "31 mails of these days went to file:mail, one with a link for somebody outside."),
    ],
)
def test_one_mail_and_several_are_told_apart(count: int, said: str) -> None:
    assert say_mails(count, "file:mail") == said
