"""The documentation says what the program does: codes, settings, commands, links, examples are held to the source."""

import ast
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from events.connections import SourceConnection
from events.sources.generic import read_document
from pipeline.domain.question import QuestionKind
from pipeline.domain.quote import AcceptedQuote
from pipeline.domain.stage import Stage
from workers.cli import app
from workers.commands.exits import Exit
from workers.setting_parts import MarketplaceSettings, NoticeSettings, QuestionSettings, SourceSettings
from workers.setting_values import Role
from workers.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])
CODE = re.compile(r"[a-z_]+\.[a-z_]+")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
VARIABLE = re.compile(r"QUOTEWAY_[A-Z0-9_<>]*[A-Z0-9>]")
# Tools' simulators: their codes are not ours.
FAR_SIDE = ("simulator.py", "simulation.py", "mishaps.py")
FOLDERS = ("pipeline/", "events/", "workers/", "tests/", "infra/", "docs/", "requirements/")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    return BLOCK.sub("", page.read_text())


def blocks(page: Path, *languages: str) -> Iterator[str]:
    return (body for language, body in BLOCK.findall(page.read_text()) if language in languages)


# Codes


def modules() -> Iterator[ast.Module]:
    for package in ("pipeline", "events", "workers"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.name not in FAR_SIDE and not (package == "events" and "simulator" in path.parts):
                yield ast.parse(path.read_text())


def codes_of(node: ast.AST) -> Iterator[str]:
    """The codes that a piece of source gives away."""
    match node:
        case ast.ClassDef(body=body):
            own = [line for line in body if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "code"]
            yield from (text for line in own for text in texts(line.value))
        case ast.Call(func=ast.Name(id="Reject" | "HostError"), args=[first, *_]):
            yield from texts(first)
        case ast.Call(keywords=keywords):
            for keyword in keywords:
                if keyword.arg == "code":
                    yield from (text for text in texts(keyword.value) if CODE.fullmatch(text))
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "code":
                    yield from texts(value)
        case ast.Assign(targets=[ast.Name(id="_CODES")], value=value):
            yield from (text for text in texts(value) if CODE.fullmatch(text))
        case _:
            pass


def texts(node: ast.AST) -> Iterator[str]:
    """The texts in an expression. One with the order's stage in it stands for each stage that asks a marketplace."""
    match node:
        case ast.Constant(value=str() as text):
            yield text
        case ast.JoinedStr(values=[ast.FormattedValue(), ast.Constant(value=str() as ending)]):
            yield from (f"{stage}{ending}" for stage in Stage if stage is not Stage.NOTIFY)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from texts(child)


def error_codes() -> set[str]:
    return {code for module in modules() for node in ast.walk(module) for code in codes_of(node)}


def headings(page: Path) -> set[str]:
    lines = [line for line in prose(page).splitlines() if line.startswith("### ")]
    return {code for line in lines for code in re.findall(r"`([^`]+)`", line)}


def test_the_source_gives_its_codes_away() -> None:
    assert {"marketplace.error", "submit.refused", "validate_mock.refused", "embedded.no_user"} <= error_codes()
    assert {"operator.bad_cursor", "database.away", "api.forbidden", "api.error", "submit.not_sent"} <= error_codes()


def test_every_error_code_has_a_heading() -> None:
    assert not error_codes() - headings(DOCS / "operations.md")


def test_every_kind_of_question_has_a_heading() -> None:
    assert not set(QuestionKind) - headings(DOCS / "operations.md")


def test_no_heading_is_of_a_code_that_is_gone() -> None:
    assert not headings(DOCS / "operations.md") - error_codes() - set(QuestionKind)


# Settings


def variables() -> Iterator[tuple[str, FieldInfo]]:
    """Every variable with the field that it sets; `<NAME>` stands where a name is the operator's."""
    groups: dict[str, type[BaseModel]] = {"SOURCES__<NAME>": SourceSettings, "NOTICES__<NAME>": NoticeSettings}
    groups["MARKETPLACES__<NAME>"] = MarketplaceSettings
    groups["QUESTIONS"] = QuestionSettings
    for name, field in Settings.model_fields.items():
        if name not in {"marketplaces", "sources", "notices", "questions"}:
            yield PREFIX + name.upper(), field
    for group, model in groups.items():
        yield from ((f"{PREFIX}{group}__{name.upper()}", field) for name, field in model.model_fields.items())


FIELDS = dict(variables())


def is_secret(field: FieldInfo) -> bool:
    inside = (field.annotation, *get_args(field.annotation))
    return SecretStr in inside or any("SecretStr" in str(part) or "ApiToken" in str(part) for part in inside)


def written(field: FieldInfo) -> str | None:
    """A default as one writes it; None where there is none to write."""
    if field.is_required() or field.default in (None, "", (), {}):
        return None
    match field.default:
        case bool() as switch:
            return str(switch).lower()
        case tuple() as several:
            return ",".join(str(one) for one in several)
        case one:
            return str(one)


def documented() -> dict[str, tuple[str, str]]:
    """Meaning and default by variable, from the tables."""
    rows = re.findall(r"^\| `(QUOTEWAY_\S+)` \| (.+) \| (.+) \|$", (DOCS / "settings.md").read_text(), re.MULTILINE)
    return {variable: (meaning, default) for variable, meaning, default in rows}


@pytest.mark.parametrize(("variable", "field"), FIELDS.items(), ids=FIELDS.keys())
def test_a_variable_is_documented_with_its_default(variable: str, field: FieldInfo) -> None:
    meaning, default = documented()[variable]

    assert meaning
    assert ("*Secret.*" in meaning) == is_secret(field)
    assert (default == "required") == field.is_required()
    if (known := written(field)) is not None:
        assert default == f"`{known}`"


def test_no_variable_is_documented_that_is_not_there() -> None:
    assert set(documented()) == set(FIELDS)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_names_only_variables_that_are_there(page: Path) -> None:
    known = {*FIELDS, *(f"{variable}_FILE" for variable, field in FIELDS.items() if is_secret(field))}
    patterns = [re.escape(variable).replace("<NAME>", "(?:<NAME>|[A-Z0-9]+)") for variable in known]
    named = set(VARIABLE.findall(page.read_text()))

    assert not {
        name
        for name in named
        if not any(re.fullmatch(pattern, name) or pattern.startswith(name + "__") for pattern in patterns)
    }


# Commands


def commands(page: Path) -> Iterator[list[str]]:
    """What a page has somebody type into a shell, of ours."""
    for block in blocks(page, "sh", "console", "bash", "shell"):
        for line in block.replace("\\\n", " ").splitlines():
            yield from ours_in(line.removeprefix("$ "))


def ours_in(line: str) -> Iterator[list[str]]:
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    part: list[str] = []
    for word in [*words, "|"]:
        if set(word) <= set("|&;"):
            yield from after_quoteway(part)
            part = []
        else:
            part.append(word)


def after_quoteway(words: list[str]) -> Iterator[list[str]]:
    """The words after `quoteway`, wherever it stands, but for where the output goes."""
    at = next((number for number, word in enumerate(words) if Path(word).name == "quoteway"), None)
    if at is not None:
        end = next((number for number, word in enumerate(words) if word in {">", ">>", "<", "2>"}), len(words))
        yield words[at + 1 : end]


def mentioned(page: Path) -> set[str]:
    return set(re.findall(r"`quoteway ([^`]+)`", prose(page)))


def walked(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words lead to, and its arguments."""
    command: Any = typer.main.get_command(app)
    while getattr(command, "commands", None) and words and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    return command, words


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_in_a_page_is_one_that_quoteway_reads(page: Path) -> None:
    for words in commands(page):
        command, arguments = walked(words)
        assert not getattr(command, "commands", None) or arguments in ([], ["--version"]), words
        if not getattr(command, "commands", None):
            command.make_context(words[0], list(arguments))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_that_a_page_mentions_is_there(page: Path) -> None:
    for text in mentioned(page):
        command, arguments = walked(text.split())
        if getattr(command, "commands", None):
            assert not arguments or arguments[0] == "..." or arguments[0].startswith("--"), text
            continue
        known = {option for parameter in command.params for option in getattr(parameter, "opts", ())}
        assert {word for word in arguments if word.startswith("--")} <= known | {"--help"}, text


def test_every_command_has_a_row() -> None:
    def leaves(command: Any, way: str) -> Iterator[str]:
        for name, child in command.commands.items():
            yield from leaves(child, f"{way} {name}") if getattr(child, "commands", None) else [f"{way} {name}"]

    rows = (DOCS / "api.md").read_text()

    assert not [way for way in leaves(typer.main.get_command(app), "quoteway") if f"| `{way}" not in rows]


def test_every_exit_code_and_role_has_a_row() -> None:
    rows = (DOCS / "api.md").read_text()

    assert not [code for code in Exit if f"| {code.value} | `{code.name}` |" not in rows]
    assert not [role for role in Role if f"| `{role}` |" not in rows]


# Links and examples


def anchors(page: Path) -> set[str]:
    lines = [line.lstrip("# ") for line in prose(page).splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(r"`([\w./-]+)`", prose(page))

    assert not [name for name in named if name.startswith(FOLDERS) and not (ROOT / name).exists()]


def test_every_decision_is_in_the_list_of_them() -> None:
    records = {path.name for path in (DOCS / "decisions").glob("0*.md")}

    assert not [name for name in records if f"]({name})" not in (DOCS / "decisions" / "README.md").read_text()]


def test_the_messages_that_are_shown_to_senders_can_be_read() -> None:
    shown = [block for block in blocks(DOCS / "intake.md", "json") if '"type"' in block]

    assert len(shown) == 2
    for body in shown:
        json.loads(body)
        assert isinstance(read_document(body.encode(), SourceConnection("shop")), AcceptedQuote)


def test_a_script_that_is_shown_to_senders_is_python() -> None:
    for body in blocks(DOCS / "intake.md", "python"):
        compile(body, "intake.md", "exec")
