"""The product map over the operator API and from the command line."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from events.connections import SourceConnection
from events.reading import Reader
from pipeline.domain.question import Question, QuestionKind
from pipeline.store import product_map
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from tests.integration.asgi_client import AsgiClient
from tests.integration.operators_world import World
from workers.commands.exits import Exit
from workers.setting_values import ApiToken, Role
from workers.web.api import Services, api_router
from workers.web.app import create_app

TOKENS = tuple(ApiToken(role.value, role, SecretStr(f"token-of-{role}")) for role in Role)
ROW = {
    "source": "crm",
    "key": "K-1",
    "valid_from": "2026-01-01",
    "marketplace": "pax8",
    "product_id": "product-1",
    "billing_term": "Annual",
    "commitment": "",
    "provisioning": {"msDomain": ["contoso.example"]},
}
HEAD = "source,key,valid_from,marketplace,product_id\n"
WHICH = Question("product:1", QuestionKind.PRODUCT, "Which product?", line="1")
KEY = new_key()


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = Database(make_engine(database_url), Cipher([KEY]))
    yield World(database)
    database.close()


@pytest.fixture
def api(world: World) -> AsgiClient:
    local = SourceConnection("local", marketplaces=("pax8",))
    services = Services(world.desk, Reader(world.database, {}), local, {}, ping_redis=lambda: None, tokens=TOKENS)
    return AsgiClient(create_app(world.database, {}, routers=[api_router(services)]))


def call(api: AsgiClient, method: str, path: str = "", role: Role = Role.ADMIN, **how: Any) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer token-of-{role}"}
    answer = api.request(method, f"/api/product-map{path}", headers=headers, **how)
    return answer.status_code, answer.json()


def keys(world: World) -> list[str]:
    with world.database.transaction() as connection:
        return [row.key for row in product_map.everything(connection, world.database)]


# The API


def test_a_row_is_put_listed_and_removed(api: AsgiClient) -> None:
    status, put = call(api, "PUT", json=ROW)
    assert (status, put["outcome"], put["changed_by"]) == (200, "added", "admin")
    assert ROW.items() <= put.items()
    assert call(api, "PUT", json=ROW)[1]["outcome"] == "unchanged"
    assert call(api, "PUT", json={**ROW, "product_id": "product-2"})[1]["outcome"] == "changed"

    _, page = call(api, "GET", "?source=crm&key=K-1&marketplace=Pax8", Role.OPERATOR)
    assert ([row["product_id"] for row in page["items"]], page["next_cursor"]) == (["product-2"], None)
    assert page["items"][0]["provisioning"] == ROW["provisioning"]
    assert call(api, "GET", "?key=k-1")[1]["items"] == []

    status, gone = call(api, "DELETE", f"/{put['id']}")
    assert (status, gone["product_id"]) == (200, "product-2")
    assert call(api, "DELETE", f"/{put['id']}") == (404, {"detail": "There is no such row.", "code": "api.not_found"})


def test_a_viewer_sees_no_provisioning_which_may_be_personal(api: AsgiClient) -> None:
    call(api, "PUT", json=ROW)

    (row,) = call(api, "GET", role=Role.VIEWER)[1]["items"]

    assert (row["product_id"], row["provisioning"]) == ("product-1", None)


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "", Role.VIEWER),
        ("PUT", "", Role.ADMIN),
        ("DELETE", "/7c0f5a4e-2f5e-4b63-9d5c-0a6a3f1f7e11", Role.ADMIN),
        ("POST", "/import", Role.ADMIN),
        ("POST", "/import?dry_run=true", Role.ADMIN),
    ],
    ids=str,
)
def test_each_call_is_open_to_its_role_and_those_above_it(
    api: AsgiClient, method: str, path: str, needed: Role
) -> None:
    how: dict[str, Any] = {"json": ROW} if method == "PUT" else {}

    allowed = {role for role in Role if call(api, method, path, role, **how)[0] != 403}

    assert allowed == {role for role in Role if role.includes(needed)}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        pytest.param({"key": ""}, "must not be empty", id="no key"),
        pytest.param({"valid_from": "soon"}, "must be a day such as 2026-12-01", id="no day"),
        pytest.param({"billing_term": "fortnightly"}, "is none that is known", id="no term"),
        pytest.param({"marketplace": "limio"}, "limio has no account here; there is pax8", id="no account"),
        pytest.param({"provisioning": {"a": 1}}, "must have a text", id="a number"),
        pytest.param({"price": "1"}, "Extra inputs", id="a field that is unknown"),
        pytest.param({"product_id": "\x00"}, "holds a character", id="NUL"),
    ],
)
def test_a_row_that_cannot_be_meant_is_422_and_not_kept(
    world: World, api: AsgiClient, changed: dict[str, Any], told: str
) -> None:
    status, body = call(api, "PUT", json={**ROW, **changed})

    assert (status, keys(world)) == (422, [])
    assert told in str(body["detail"])


def test_a_file_is_tried_then_imported(world: World, api: AsgiClient) -> None:
    file = f"{HEAD}crm,K-1,2026-01-01,pax8,product-1\n"

    status, tried = call(api, "POST", "/import?dry_run=true", content=file)
    assert (status, tried["done"], tried["added"], keys(world)) == (200, False, 1, [])
    assert (tried["lines"][0]["line"], tried["lines"][0]["row"]["key"]) == (2, "K-1")

    assert call(api, "POST", "/import", content=file)[1]["done"] is True
    status, again = call(api, "POST", "/import", content=file)
    assert (again["done"], again["unchanged"], again["lines"], keys(world)) == (True, 1, [], ["K-1"])


def test_a_file_with_refused_lines_is_told_line_by_line_and_changes_nothing(world: World, api: AsgiClient) -> None:
    file = f"{HEAD}crm,K-1,2026-01-01,pax8,product-1\ncrm,K-2,soon,pax8,p\ncrm,K-3,2026-01-01,limio,p\n"

    status, tried = call(api, "POST", "/import?dry_run=true", content=file)
    assert (status, tried["refused"], tried["added"]) == (200, 2, 1)
    status, refused = call(api, "POST", "/import", content=file)

    assert (status, keys(world)) == (422, [])
    assert [(one["loc"], one["msg"]) for one in refused["detail"]] == [
        (["line", 3], "valid_from: must be a day such as 2026-12-01"),
        (["line", 4], "marketplace: limio has no account here; there is pax8"),
    ]


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        (b"", 422, "The file is empty"),
        (b"\xff\xfe", 422, "not UTF-8"),
        (b"x" * (5 * 1024 * 1024 + 1), 413, "over 5 MiB"),
    ],
    ids=["empty", "another encoding", "too large"],
)
def test_what_is_no_file_of_ours_is_refused(api: AsgiClient, content: bytes, status: int, told: str) -> None:
    found, body = call(api, "POST", "/import", content=content)

    assert found == status
    assert told in str(body["detail"])


def test_a_page_goes_on_and_an_odd_cursor_is_refused(api: AsgiClient) -> None:
    for number in range(3):
        call(api, "PUT", json={**ROW, "key": f"K-{number}"})

    _, first = call(api, "GET", "?limit=2")
    _, rest = call(api, "GET", f"?limit=2&cursor={first['next_cursor']}")

    assert [row["key"] for row in (*first["items"], *rest["items"])] == ["K-0", "K-1", "K-2"]
    assert call(api, "GET", "?cursor=odd")[0] == 422


def test_to_remember_an_answer_takes_an_admin(world: World, api: AsgiClient) -> None:
    ref = world.accept()
    body = {"version": world.ask(ref, WHICH), "answers": {str(world.question(ref, WHICH.key)): ["product-9"]}}

    def answered(role: Role, *, remember: bool) -> int:
        headers = {"Authorization": f"Bearer token-of-{role}"}
        path = f"/api/orders/{ref}/answers"
        return api.post(path, headers=headers, json={**body, "remember": remember}).status_code

    assert answered(Role.APPROVER, remember=True) == 403
    assert answered(Role.ADMIN, remember=True) == 422, "this quote's source has no keys to map"
    assert world.view(ref)["questions"][0]["answered_by"] is None
    assert answered(Role.OPERATOR, remember=False) == 200


# The command line


class Line:
    """`quoteway map ...` as it is typed, on the test's database; several commands in one process."""

    def __init__(self, database_url: str, redis_url: str, folder: Path) -> None:
        self._folder = folder
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("QUOTEWAY_")},
            "QUOTEWAY_DATABASE_URL": database_url,
            "QUOTEWAY_REDIS_URL": redis_url,
            "QUOTEWAY_ENCRYPTION_KEYS": KEY,
            "QUOTEWAY_MARKETPLACES__PAX8__CLIENT_ID": "id",
            "QUOTEWAY_MARKETPLACES__PAX8__CLIENT_SECRET": "secret",
        }

    def __call__(self, *commands: Sequence[str], given: str = "") -> list[tuple[int, str]]:
        """The exit code and what it prints, of each. All of them read `given` on stdin."""
        ran = subprocess.run(
            [sys.executable, "-P", "-c", _TYPED, json.dumps(commands), given],
            env=self._environment,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=True,
        )
        return [(code, said) for code, said in json.loads(ran.stdout)]


_TYPED = """
import contextlib, io, json, sys
from workers.cli import main
commands, given = json.loads(sys.argv[1]), sys.argv[2]
ran = []
for command in commands:
    sys.argv = ["quoteway", "map", *command]
    sys.stdin = io.TextIOWrapper(io.BytesIO(given.encode()))
    said, code = io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    ran.append((code, said.getvalue()))
print(json.dumps(ran))
"""


@pytest.fixture
def line(database_url: str, redis_url: str, tmp_path: Path) -> Line:
    return Line(database_url, redis_url, tmp_path)


def test_a_row_is_set_listed_and_removed_from_the_command_line(line: Line, world: World) -> None:
    how = ("--from", "2026-01-01", "--billing-term", "yearly", "--provisioning", "size=s", "--provisioning", "size=m")
    what = "From 2026-01-01 on, 'K 1' of crm is product-1 at pax8 (Annual).\n"
    one = ("set", "crm", "K 1", "product-1", *how)

    added, again, listed, shown = line(one, one, ("list", "--source", "crm", "--json"), ("list",))
    (row,) = json.loads(listed[1])["items"]
    row_id = row["id"][:8]
    removed, absent, empty = line(("remove", row_id), ("remove", row_id), ("list",))

    assert added == (Exit.OK, f"Added. {what}")
    assert again == (Exit.OK, f"Nothing to change: it is there. {what}")
    assert (row["key"], row["provisioning"]) == ("K 1", {"size": ["s", "m"]})
    assert row_id in shown[1]
    assert removed == (Exit.OK, f"Removed. {what}")
    assert absent[0] == Exit.NOT_FOUND
    assert empty == (Exit.OK, "Nothing is mapped yet.\n")
    assert keys(world) == []


def test_what_cannot_be_meant_is_told_and_not_set(line: Line, world: World) -> None:
    one = ("set", "crm", "K", "p")
    told = line((*one, "--from", "soon"), (*one, "--marketplace", "limio"), (*one, "--provisioning", "x"))

    assert [code for code, _ in told] == [Exit.BAD_INPUT, Exit.BAD_INPUT, Exit.USAGE]
    words = ("valid_from: must be a day", "limio has no account here", "write FIELD=VALUE")
    assert all(word in said for word, (_, said) in zip(words, told, strict=True))
    assert keys(world) == []


def test_a_file_is_tried_mended_imported_and_exported(line: Line, world: World) -> None:
    head = ("set", "crm", "K-1", "product-1", "--from", "2026-01-01")
    good = f"{HEAD}crm,K-1,2026-01-01,pax8,product-2\ncrm,K-2,2026-01-01,pax8,product-2\n"

    _, tried, refused = line(head, ("import", "-", "--dry-run"), ("import", "-"), given=f"{good}crm,K-3,soon,pax8,p\n")
    before = keys(world)
    done, again, exported, absent = line(
        ("import", "-"), ("import", "-", "--json"), ("export",), ("import", "nowhere.csv"), given=good
    )

    assert tried[0] == refused[0] == Exit.BAD_INPUT
    assert tried[1].splitlines() == [
        "line 2: changed. 'K-1' of crm from 2026-01-01 on: product_id product-1 -> product-2.",
        "line 3: added. From 2026-01-01 on, 'K-2' of crm is product-2 at pax8.",
        "line 4: refused. valid_from: must be a day such as 2026-12-01.",
        "1 added, 1 changed, 0 unchanged, 1 refused. Nothing was written: this was a dry run.",
    ]
    assert "mend the refused lines first" in refused[1]
    assert before == ["K-1"]
    assert done[1].endswith("1 added, 1 changed, 0 unchanged, 0 refused.\n")
    assert json.loads(again[1])["unchanged"] == 2
    rows = list(csv.DictReader(exported[1].splitlines()))
    assert [(row["key"], row["product_id"]) for row in rows] == [("K-1", "product-2"), ("K-2", "product-2")]
    assert absent[0] == Exit.NOT_FOUND
    assert "nowhere.csv cannot be read" in absent[1]
