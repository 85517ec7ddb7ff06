"""The hard ceilings of the house: a function fits on a screen, a module in a sitting."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FUNCTION, MODULE = 40, 300
NAMELESS = {"utils", "helpers", "common", "manager", "misc"}


def modules() -> list[Path]:
    """Ours but the migrations: each of those is a list of what it changes, and is never edited again."""
    found = (path for name in ("pipeline", "events", "workers") for path in (ROOT / name).rglob("*.py"))
    return sorted(path for path in found if "versions" not in path.parts)


def functions(module: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_function_is_longer_than_a_screen() -> None:
    over = [
        f"{module.relative_to(ROOT)}:{function.lineno} {function.name} {length(function)}"
        for module in modules()
        for function in functions(module)
        if length(function) > FUNCTION
    ]

    assert not over


def test_no_module_is_longer_than_a_sitting() -> None:
    counted = {str(module.relative_to(ROOT)): len(module.read_text().splitlines()) for module in modules()}

    assert not {name: lines for name, lines in counted.items() if lines > MODULE}


def test_a_module_is_named_for_what_it_holds() -> None:
    assert not [str(module.relative_to(ROOT)) for module in modules() if module.stem in NAMELESS]
