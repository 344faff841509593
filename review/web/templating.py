"""How the templates of pages are compiled: what no page can change is worked out once, not at each page."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

WRITTEN_IN = ["en"]
"""The languages of an installation whose sentences stay as the templates write them."""


class WrittenWords(NodeTransformer):
    """Puts sentences that nothing is filled into where they are asked for: a page asks for a hundred of them."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - as its base looks it up
        """Return the sentence in the place of the call; every other call as it is, with what is within it."""
        match node:
            case nodes.Call(
                node=nodes.Name(name="_"),
                args=[nodes.Const(value=str(words))],
                kwargs=[],
                dyn_args=None,
                dyn_kwargs=None,
            ):
                return nodes.TemplateData(words % {}, lineno=node.lineno)
        return self.generic_visit(node)


def show(value: object) -> str:
    """Return what a page shows of a value, as escape() does, but not as markup: a template joins all that it shows."""
    if type(value) is str:  # signs as escape() writes them
        plain = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return plain.replace('"', "&#34;").replace("'", "&#39;")
    return value if type(value) is Markup else escape(value)


class PageCode(CodeGenerator):
    """Writes templates that show() what is in them, where Jinja's own would escape() it."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.show(")


class PageContext(Context):
    """What a template knows while it is filled; a macro is called without asking each time what it is."""

    def call(self, called: Any, /, *given: Any, **named: Any) -> Any:
        """Return what a macro, or anything else, makes of what it is given."""
        if type(called) is not Macro:
            return super().call(called, *given, **named)
        named.pop("_block_vars", None)
        named.pop("_loop_vars", None)
        return called(self.eval_ctx, *given, **named)


class PageEnvironment(Environment):
    """Flask's environment of templates, for pages."""

    app: Flask
    context_class = PageContext
    code_generator_class = PageCode
    show = staticmethod(show)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the names that a template knows of itself.

        Where it has none of its own they are those of all, not a chain in front of them: Jinja compares them by one
        each time that a template brings another in.
        """
        return super().make_globals(d) if d else self.globals

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        if self.app.extensions["languages"] == WRITTEN_IN:
            source = WrittenWords().visit(source)
        return super()._generate(source, name, filename, defer_init)


def init_app(app: Flask) -> None:
    """Say how the templates are compiled, before the first is; in tests a name that nobody has given is a fault."""
    app.jinja_environment = PageEnvironment
    if app.extensions["settings"].is_testing:
        app.jinja_options = {"undefined": StrictUndefined}
