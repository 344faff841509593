"""Sentences for people that the floors above translate: the message and its values travel apart."""

from __future__ import annotations

from review.domain.values import dataclass


@dataclass(frozen=True)
class Text:
    """A message id in English, with named values to fill in and an optional plural form.

    `values` are pairs so that a Text stays hashable; a value may itself be a Text.
    """

    one: str
    values: tuple[tuple[str, object], ...] = ()
    many: str | None = None
    count: int = 1

    @property
    def message(self) -> str:
        """Return the English form for the count."""
        return self.one if self.many is None or self.count == 1 else self.many

    def __str__(self) -> str:
        return self.message % dict(self.values) if self.values else self.message.replace("%%", "%")


def text(one: str, /, **values: object) -> Text:
    """Make a sentence; `%(name)s` in it is filled from the values."""
    return Text(one, tuple(values.items()))


def plural(one: str, many: str, count: int, /, **values: object) -> Text:
    """Make a sentence with a singular and a plural; `%(count)s` is filled with the count."""
    return Text(one, (("count", count), *values.items()), many, count)
