"""
Sites: every place in the code that crosses a seam, read from its syntax, to be compared with what was crossed.

A transaction whose body calls nothing that writes commits nothing: it is a read, and no crash point.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from pipeline.marketplaces.simulated import Simulated
from workers.drills.points.trigger import Passed
from workers.drills.seams import LOCAL, Kind

ROOT = Path(__file__).parents[3]
_PACKAGES = ("pipeline", "events", "workers")
# What is not the product's running code: what tests it, shows it off, or stands for the far side.
_NOT_RUNNING = frozenset({"drills", "demo", "testing", "simulator", "simulation", "migrations"})
# What the seams are laid into, or go through on their way.
_UNDER_THE_SEAMS = {"workers/wire.py", "pipeline/marketplaces"}
_STATEMENTS = frozenset({"insert", "update", "delete"})
_WRITING_WORDS = ("pg_notify", "advisory", "INSERT ", "UPDATE ", "DELETE ")


@dataclass(frozen=True, slots=True)
class Site:
    """
    The lines are those of the statement, first and last; `what` is a call's method. `reads`: a transaction that commits
    nothing.
    """

    kind: Kind
    module: str
    first: int
    last: int
    what: str = ""
    reads: bool = False

    def __str__(self) -> str:
        return " ".join(part for part in (self.kind, self.what, f"at {self.module}:{self.first}") if part)

    def has(self, module: str, line: int) -> bool:
        return self.module == module and self.first <= line <= self.last


@cache
def port_calls() -> frozenset[str]:
    """
    The methods of a marketplace, and of its abilities, that ask something outside. What no adapter of ours has is never
    called where the scenarios buy.
    """
    ours = ROOT / "pipeline"
    ports = [node for path in ours.glob("*.py") for node in _ports(path)]
    methods = {each.name for port in ports for each in port.body if isinstance(each, ast.FunctionDef)}
    adapters = [ast.parse((ours / "marketplaces" / name / "adapter.py").read_text()) for name in Simulated]
    had = {node.name for adapter in adapters for node in ast.walk(adapter) if isinstance(node, ast.FunctionDef)}
    return frozenset((methods & had) - LOCAL)


def _ports(path: Path) -> Iterator[ast.ClassDef]:
    yield from (
        node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef) and _is_marketplaces(node)
    )


def _is_marketplaces(port: ast.ClassDef) -> bool:
    checked = any(isinstance(one, ast.Name) and one.id == "runtime_checkable" for one in port.decorator_list)
    return port.name == "Marketplace" or checked


class Code:
    """The product's modules, parsed."""

    def __init__(self, root: Path = ROOT) -> None:
        self.modules: Mapping[str, ast.Module] = {
            str(path.relative_to(root)): ast.parse(path.read_text())
            for package in _PACKAGES
            for path in sorted((root / package).rglob("*.py"))
            if not _NOT_RUNNING.intersection(path.relative_to(root).parts)
        }

    def sites(self) -> list[Site]:
        """All of them, in the order of the code."""
        return list(dict.fromkeys(site for name, tree in self.modules.items() for site in self._of(name, tree)))

    def _of(self, name: str, tree: ast.Module) -> Iterator[Site]:
        module = name.removesuffix(".py").replace("/", ".")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.With):
                        yield from self._transactions(module, inner, set(_names(tree, inner.body)), _writes(node))
            elif isinstance(node, ast.Attribute) and _asks(node) and not _under(name):
                yield Site(Kind.CALL, module, node.lineno, node.end_lineno or node.lineno, node.attr)
            elif isinstance(node, ast.Call) and (kind := _called(node)) is not None and not _under(name):
                yield Site(kind, module, node.lineno, node.end_lineno or node.lineno)

    def _transactions(self, module: str, node: ast.With, inside: set[str], around: bool) -> Iterator[Site]:
        """`inside` is called in the transaction; `around`: its function makes a statement that writes."""
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and _commits(call.func):
                reads = not (self.writers & inside or around or _yields(node.body))
                yield Site(Kind.COMMIT, module, node.lineno, call.end_lineno or node.lineno, reads=reads)

    def _written_out(self) -> Iterator[str]:
        """Functions that make a statement which writes, or use one that their module keeps."""
        for module, tree in self.modules.items():
            kept = {
                name for node in tree.body if isinstance(node, ast.Assign) and _writes(node) for name in _targets(node)
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef) and (_writes(node) or kept & set(_loaded(node))):
                    yield from (node.name, f"{Path(module).stem}.{node.name}")

    @cached_property
    def writers(self) -> frozenset[str]:
        """
        The names of all that writes in its caller's transaction, by itself or by what it calls: it is handed the
        connection.
        """
        calls: dict[str, set[str]] = {}
        for module, tree in self.modules.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef) and "connection" in {each.arg for each in node.args.args}:
                    for name in (node.name, f"{Path(module).stem}.{node.name}"):
                        calls.setdefault(name, set()).update(_names(tree, node.body))
        writers = set(self._written_out())
        while more := {name for name, called in calls.items() if name not in writers and called & writers}:
            writers |= more
        return frozenset(writers)


def _writes(body: ast.AST) -> bool:
    """Whether it makes a statement that writes or locks, in SQLAlchemy's words or in SQL's."""
    for node in ast.walk(body):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in _STATEMENTS:
                return True
            case ast.Call(func=ast.Attribute(attr="with_for_update")):
                return True
            case ast.Constant(value=str(text)) if any(word in text for word in _WRITING_WORDS):
                return True
            case _:
                pass
    return False


def _targets(node: ast.Assign) -> Iterator[str]:
    yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _loaded(node: ast.AST) -> Iterator[str]:
    yield from (each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def _commits(called: ast.Attribute) -> bool:
    """A transaction `within` another one is a part of it, and commits nothing by itself."""
    return called.attr == "transaction" and not (isinstance(called.value, ast.Name) and called.value.id == "within")


def _under(module: str) -> bool:
    return any(module.startswith(under) for under in _UNDER_THE_SEAMS)


def _asks(node: ast.Attribute) -> bool:
    """A port's method, called or handed on to be called; also of what a function made of the marketplace."""
    values = node.value.args if isinstance(node.value, ast.Call) else [node.value]
    named = {each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in values}
    return bool(named & {"marketplace", "_marketplace"}) and node.attr in port_calls()


def _called(node: ast.Call) -> Kind | None:
    if not isinstance(node.func, ast.Attribute):
        return None
    on, name = node.func.value, node.func.attr
    if name.startswith("publish_") or name == "knock":
        return Kind.PUBLISH
    if isinstance(on, ast.Name) and on.id == "channel" and name == "send":
        return Kind.NOTICE
    return None


def _names(tree: ast.Module, body: Iterable[ast.stmt]) -> Iterator[str]:
    """What is called, as `module.function` where that is how it is written."""
    imported = dict(_imported(tree))
    for statement in body:
        for node in ast.walk(statement):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=on), attr=name)) if on in imported:
                    yield f"{imported[on]}.{name}"
                case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                    yield str(name)
                case _:
                    pass


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((each.asname or each.name, each.name) for each in node.names if each.name.islower())


def _yields(body: Sequence[ast.stmt]) -> bool:
    """A context manager: what is done in it is its users'."""
    return any(isinstance(node, ast.Yield) for statement in body for node in ast.walk(statement))


@dataclass(frozen=True, slots=True)
class Coverage:
    """`strays` were crossed where the code seems to have no site; `wrote` are reads that have committed something."""

    sites: tuple[Site, ...]
    missed: tuple[Site, ...]
    strays: tuple[str, ...]
    wrote: tuple[str, ...]


def covered(sites: Sequence[Site], crossed: Iterable[Passed]) -> Coverage:
    """Which of the sites where something can be lost were crossed."""
    met: set[Site] = set()
    strays: set[str] = set()
    wrote: set[str] = set()
    for passed in set(crossed):
        module, _, line = passed.place.split(":")
        found = [site for site in sites if site.kind == passed.kind and site.has(module, int(line))]
        if not found and passed.kind == Kind.CALL:
            # The method was handed on, and called elsewhere in its module.
            found = [site for site in sites if site.module == module and site.what == passed.what]
        met.update(found)
        if not found and passed.what != "token":
            strays.add(passed.place)
        wrote.update(str(site) for site in found if site.reads and passed.writes)
    points = tuple(site for site in sites if not site.reads)
    return Coverage(
        points, tuple(site for site in points if site not in met), tuple(sorted(strays)), tuple(sorted(wrote))
    )
