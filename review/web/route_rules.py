"""The rules of routes, which compile how their addresses are built when the first one is wanted: few ever are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from flask import Flask
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


class LazyRule(Rule):
    """A rule that does at the start only what it takes to find the view of an address.

    What it compiles then serves all apps of a process: nothing is in it but the address itself.
    """

    compiled: ClassVar[dict[tuple[object, ...], Builder]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        key = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            if key not in self.compiled:
                self.compiled[key] = super(LazyRule, self)._compile_builder(append_unknown)
            return self.compiled[key](rule, **values)

        return build


def init_app(app: Flask) -> None:
    """Give this kind of rule to the routes that are added from now on."""
    vars(app)["url_rule_class"] = LazyRule
