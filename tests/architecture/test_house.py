"""The house's own rules, as far as a machine can check them."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("coopcircuits", "shops", "orders", "billing")


def modules() -> Iterator[Path]:
    for floor in FLOORS:
        yield from (path for path in (ROOT / floor).rglob("*.py") if "versions" not in path.parts)


def _calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.lineno, ast.unparse(node.func)


@pytest.mark.parametrize(
    "path", [p for p in modules() if p.name in ("services.py", "queries.py", "models.py")], ids=str
)
def test_use_cases_leave_committing_and_the_clock_to_others(path: Path) -> None:
    for line, call in _calls(ast.parse(path.read_text())):
        assert not call.endswith((".commit", "session.rollback")), f"{path}:{line} commits"
        assert call not in ("datetime.now", "datetime.utcnow", "date.today", "time.time"), f"{path}:{line} own clock"


@pytest.mark.parametrize("floor", FLOORS)
def test_money_is_never_a_float(floor: str) -> None:
    for path in (ROOT / floor).rglob("*.py"):
        if (floor == "coopcircuits" and path.name != "money.py") or path.name == "postcodes.py":
            continue  # coordinates are not money
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "float", f"{path}:{node.lineno}"


def test_every_public_module_class_and_function_says_what_it_is() -> None:
    silent = []
    for path in modules():
        tree = ast.parse(path.read_text())
        if path.name != "__init__.py" and not ast.get_docstring(tree):
            silent.append(str(path.relative_to(ROOT)))
        for node in tree.body:
            public = isinstance(node, ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node) and not _is_plain_list(node):  # type: ignore[arg-type]  # public implies a class
                silent.append(f"{path.relative_to(ROOT)}: {node.name}")  # type: ignore[attr-defined]  # as above
    assert silent == []


def _is_plain_list(node: ast.ClassDef) -> bool:
    """Enumerations, forms, settings and the like whose fields speak for themselves."""
    return any(ast.unparse(base) in ("enum.StrEnum", "StrEnum", "Form", "enum.Enum") for base in node.bases)


def test_templates_compile_and_carry_nothing_inline(app: Flask) -> None:
    inline = re.compile(r"<style|\sstyle=|<script(?![^>]*\bsrc=)|\son(?!e=)[a-z]+=", re.IGNORECASE)
    for name in app.jinja_env.list_templates(extensions=["html", "txt"]):
        app.jinja_env.get_template(name)
        source = app.jinja_env.loader.get_source(app.jinja_env, name)[0]  # type: ignore[union-attr]  # always set
        if "/mail/" not in name:  # mail programs know no style sheets; no page policy applies to them
            assert not inline.search(source), name


def test_templates_point_to_drawings_that_exist(app: Flask) -> None:
    produce = _ids("produce.svg")
    icons = _ids("icons.svg")
    for name in app.jinja_env.list_templates(extensions=["html"]):
        source = app.jinja_env.loader.get_source(app.jinja_env, name)[0]  # type: ignore[union-attr]  # always set
        assert set(re.findall(r"(?:drawing|empty)\(\s*\"([a-z-]+)\"", source)) <= produce, name
        assert set(re.findall(r"icon\(\s*\"([a-z-]+)\"", source)) <= icons, name


def _ids(sprite: str) -> set[str]:
    text = (ROOT / "coopcircuits" / "static" / "sprite" / sprite).read_text()
    return set(re.findall(r'<symbol[^>]*\bid="([^"]+)"', text))


def test_the_project_names_no_package_registry() -> None:
    hosts = re.compile("pypi" + r"\.org|python" + r"hosted\.org|registry\.npm" + "js")
    for pattern in ("*.lock", "*.toml", "*.md", "docs/**/*.md", ".ci/*", "run", "test"):
        for path in ROOT.glob(pattern):
            assert not hosts.search(path.read_text()), path


#: What takes long to import and few pages, commands or jobs need.
_SLOW = ("alembic", "facturx", "rich", "segno", "sepaxml", "spectree", "stripe", "typst", "xlsxwriter")


def test_slow_libraries_are_imported_when_they_are_needed() -> None:
    program = "import sys, wsgi; print(*(name for name in sys.argv[1:] if name in sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", program, *_SLOW], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == [], "imported at the start of every process"
