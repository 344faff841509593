"""What was compiled ahead is read and never added to, and nothing of another version is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from jinja2 import Environment, TemplateNotFound

from review import create_app
from review.config import Settings
from review.web import compiled
from review.web.compiled import compile_pages, use_compiled


@pytest.fixture
def place(settings: Settings, tmp_path: Path) -> Path:
    """Compile all pages below a folder."""
    place = tmp_path / "build" / "templates"
    count = compile_pages(create_app(settings), place)
    assert count == len(list((compiled.ROOT / "templates").rglob("*.html")))
    assert count == len(list_kept(place))
    return place


@pytest.fixture
def never_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Jinja compile nothing."""

    def refuse(*_arguments: object) -> str:
        raise TemplateNotFound("it would be compiled")

    monkeypatch.setattr(Environment, "_parse", refuse)


def list_kept(place: Path) -> list[str]:
    return sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())


def test_a_page_is_read_and_not_compiled(place: Path, settings: Settings, never_compiled: None) -> None:
    again = create_app(settings)
    assert use_compiled(again, place)
    page = again.test_client().get("/sign-in")
    assert (page.status_code, "<h1" in page.text) == (200, True)
    with pytest.raises(TemplateNotFound):
        create_app(settings).test_client().get("/sign-in")


def test_a_web_process_adds_nothing(place: Path, settings: Settings) -> None:
    kept = list_kept(place)
    (place / kept[0]).unlink()
    again = create_app(settings)
    assert use_compiled(again, place)
    for name in again.jinja_env.list_templates(["html"]):
        again.jinja_env.get_template(name)
    assert list_kept(place) == kept[1:]


@pytest.mark.parametrize("name", ["review/web/templating.py", "templates/base.html"])
def test_another_version_is_not_read_and_goes_with_the_next(
    name: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for source in (compiled.ROOT / name, compiled.ROOT / "review" / "worker.py"):
        copied = tmp_path / source.relative_to(compiled.ROOT)
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(source.read_bytes())
    app = create_app(settings)
    monkeypatch.setattr(compiled, "ROOT", tmp_path)
    place = tmp_path / "build"
    compile_pages(app, place)
    first = list_kept(place)
    os.utime(tmp_path / name, ns=(1, 1))
    assert not use_compiled(create_app(settings), place)
    compile_pages(create_app(settings), place)
    second = list_kept(place)
    assert (len(second), set(first) & set(second)) == (len(first), set())
    assert use_compiled(create_app(settings), place)


def test_other_languages_are_another_version(place: Path, settings: Settings) -> None:
    app = create_app(settings)
    app.extensions["languages"] = ["de", "en"]
    assert not use_compiled(app, place)
