"""What the API offers: each operation is declared once, and served and described from that."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from http import HTTPMethod
from typing import Any, TypeVar

from flask import Blueprint
from pydantic import BaseModel

from review.api.answers import serve
from review.domain.api_scope import Scope
from review.domain.values import dataclass

Run = Callable[..., Any]
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Operation:
    """One address and method: which scope it needs, what may be asked and sent, and what it answers.

    `answer` is a model, or the media type of a file.
    """

    name: str
    method: HTTPMethod
    path: str
    scope: Scope | None
    says: str
    answer: type[BaseModel] | tuple[str, ...]
    query: type[BaseModel] | None = None
    body: type[BaseModel] | str | None = None
    status: int = 200


@dataclass(frozen=True)
class OpenGuard:
    """Says to the guard in front of all pages that these have one of their own, which asks for a token."""

    is_public: bool = True
    roles: frozenset[str] = frozenset()


def public(view: View) -> View:
    """Let everybody call a page of the API, with or without a token."""
    vars(view)["guard"] = OpenGuard()
    return view


class Operations:
    """The operations of one blueprint, in the order of the description."""

    def __init__(self, bp: Blueprint) -> None:
        self._bp = bp
        self.all: list[Operation] = []

    def get(self, path: str, scope: Scope | None, **more: Any) -> Callable[[Run], Run]:
        """Declare an operation that reads."""
        return self._declare(HTTPMethod.GET, path, scope, more)

    def post(self, path: str, scope: Scope, **more: Any) -> Callable[[Run], Run]:
        """Declare an operation that changes something."""
        return self._declare(HTTPMethod.POST, path, scope, more)

    def _declare(
        self, method: HTTPMethod, path: str, scope: Scope | None, more: Mapping[str, Any]
    ) -> Callable[[Run], Run]:
        def declare(run: Run) -> Run:
            says = (inspect.getdoc(run) or "").partition("\n")[0]
            operation = Operation(run.__name__, method, path, scope, says, **more)
            self.all.append(operation)

            def view(**parts: object) -> Any:
                return serve(operation, run, parts)

            public(view).__wrapped__ = run  # type: ignore[attr-defined]
            self._bp.add_url_rule(path, operation.name, view, methods=[method])
            return run

        return declare
