"""The rules of routes: each builds the address that it always would."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Map, Rule

from review.web.route_rules import LazyRule


def sample_of(converter: BaseConverter) -> object:
    """Return a value for a place in an address; a word with a sign that must be coded where any will do."""
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return 7 if isinstance(converter, IntegerConverter) else "a ö"


def test_each_route_builds_the_address_that_it_always_would(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    assert {type(rule) for rule in rules} == {LazyRule}
    eager = Map([Rule(rule.rule, endpoint=rule.endpoint, defaults=rule.defaults) for rule in rules])
    plain = {(rule.endpoint, rule.rule): rule for rule in eager.iter_rules()}
    for rule in rules:
        values = {name: sample_of(converter) for name, converter in rule._converters.items()}
        twin = plain[rule.endpoint, rule.rule]
        wanted = {**values, "words": "ö&"}
        assert rule.build(wanted) == twin.build(wanted)
        assert rule.build(wanted, append_unknown=False) == twin.build(wanted, append_unknown=False)
