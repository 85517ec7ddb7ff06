"""The command line: what it takes, the sentence and the exit code of each refusal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import redis
from sqlalchemy.exc import OperationalError

from pipeline.domain import errors
from tests.order_json import DETAIL, PRICE, order
from workers.commands.dates import date_in
from workers.commands.exits import Exit, Refusal, report
from workers.commands.flower_access import check_flower
from workers.commands.order_questions import given_answers, open_attempt, price_question
from workers.commands.reach import OwnServers
from workers.settings import Settings, SettingsError, load_settings
from workers.supervision import HostError

OTHER: dict[str, Any] = {**DETAIL, "id": "d2ff0000-0000-4000-8000-000000000000", "key": "provisioning:2:msDomain"}


def quoteway(*arguments: str, data_dir: Path, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs it for real, with no setting but a data folder, and what is set besides."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "workers.cli", *arguments],
        env={"QUOTEWAY_DATA_DIR": str(data_dir), "PATH": "/usr/bin:/bin", **variables},
        cwd=data_dir,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


ASCII_ONLY = {"PYTHONIOENCODING": "ascii"}


def test_a_terminal_that_cannot_show_a_character_gets_a_question_mark() -> None:
    show = (
        "from workers.commands.streams import ready_for_any_terminal; ready_for_any_terminal();"
        "from workers.commands.output import print_line; print_line('● Zoë')"
    )

    told = subprocess.run([sys.executable, "-c", show], env=ASCII_ONLY, capture_output=True, text=True, check=True)

    assert told.stdout == "? Zo?\n"


def test_json_loses_nothing_on_a_terminal_that_cannot_show_it() -> None:
    show = "from workers.commands.output import print_json; print_json({'company': 'Zoë'})"

    told = subprocess.run([sys.executable, "-c", show], env=ASCII_ONLY, capture_output=True, text=True, check=True)

    assert json.loads(told.stdout) == {"company": "Zoë"}


def test_a_closed_stdout_is_no_bug_of_ours(tmp_path: Path) -> None:
    command = f"exec {sys.executable} -P -m workers.cli quote example >&-"

    told = subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (told.returncode, told.stderr) == (Exit.OK, "")


def test_help_loads_no_database_broker_or_web_framework() -> None:
    heavy = "sqlalchemy", "celery", "fastapi", "httpx", "redis", "flower", "pydantic"
    check = f"import sys, workers.cli; print([name for name in {heavy!r} if name in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "command",
    [
        ["up"],
        ["status"],
        ["demo"],
        ["web"],
        ["worker"],
        ["flower"],
        ["db", "upgrade"],
        ["simulator"],
        ["plan"],
        ["quote", "accept"],
        *(["order", act] for act in ("list", "show", "answer", "approve", "adopt", "resend", "retry", "reschedule")),
        ["order", "cancel"],
        *(["map", act] for act in ("list", "set", "remove", "import", "export")),
        *(["source", act] for act in ("list", "check", "test", "add")),
        ["notice", "preview"],
    ],
    ids=" ".join,
)
def test_each_command_explains_itself(command: list[str], tmp_path: Path) -> None:
    told = quoteway(*command, "--help", data_dir=tmp_path)

    assert told.returncode == Exit.OK
    assert "Usage:" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "exit_code", "sentence"),
    [
        pytest.param(["order", "list"], Exit.UNAVAILABLE, "start quoteway up", id="nothing runs"),
        pytest.param(["worker"], Exit.UNAVAILABLE, "QUOTEWAY_DATABASE_URL", id="a worker without servers"),
        pytest.param(["order", "list", "--state", "lost"], Exit.USAGE, "There is no state lost", id="no such state"),
        pytest.param(["order", "cancel", "QW-1"], Exit.USAGE, "--reason", id="a reason is missing"),
        pytest.param(["order", "cancel", "QW-1", "--reason", " "], Exit.USAGE, "say why", id="a reason says nothing"),
        pytest.param(["plan", "nowhere.json"], Exit.NOT_FOUND, "nowhere.json cannot be read", id="no such file"),
        pytest.param(["no-such"], Exit.USAGE, "no-such", id="no such command"),
        pytest.param(["status"], Exit.NOT_SO, "", id="status of nothing"),
    ],
)
def test_a_refusal_is_one_sentence_and_a_stable_exit_code(
    arguments: list[str], exit_code: Exit, sentence: str, tmp_path: Path
) -> None:
    told = quoteway(*arguments, data_dir=tmp_path)

    assert told.returncode == exit_code
    assert sentence in told.stderr
    assert "Traceback" not in told.stderr


def test_the_whole_does_not_start_with_a_channel_that_could_never_send(tmp_path: Path) -> None:
    channel = {"QUOTEWAY_NOTICES__OPS__KIND": "webhook", "QUOTEWAY_NOTICES__OPS__URL": "https://hooks.example.com"}

    ended = quoteway("up", data_dir=tmp_path, **channel)

    assert ended.returncode == Exit.SETTINGS
    assert "QUOTEWAY_NOTICES__OPS__SECRET is missing" in ended.stderr
    assert not list(tmp_path.iterdir())


def test_a_misspelled_setting_stops_it_by_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("QUOTEWAY_DATABSE_URL=postgresql://x\n")

    told = quoteway("order", "list", data_dir=tmp_path)

    assert told.returncode == Exit.SETTINGS
    assert "QUOTEWAY_DATABSE_URL" in told.stderr


def test_the_version_is_told(tmp_path: Path) -> None:
    assert quoteway("--version", data_dir=tmp_path).stdout.startswith("quoteway 0.")


def test_an_example_quote_is_json_that_ends_with_a_line(tmp_path: Path) -> None:
    told = quoteway("quote", "example", data_dir=tmp_path)

    assert '"type": "quote.accepted"' in told.stdout
    assert told.stdout.endswith("}\n")


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        pytest.param(Refusal("no", Exit.USAGE), Exit.USAGE, id="a command's own refusal"),
        pytest.param(SettingsError("no"), Exit.SETTINGS, id="settings"),
        pytest.param(HostError("x", "no"), Exit.UNAVAILABLE, id="the machine"),
        pytest.param(errors.UnknownOrder("no"), Exit.NOT_FOUND, id="no such order"),
        pytest.param(errors.Moved("no"), Exit.CONFLICT, id="the order moved"),
        pytest.param(errors.NotAllowed("no"), Exit.CONFLICT, id="not in this state"),
        pytest.param(errors.BadAnswer("no"), Exit.BAD_INPUT, id="an answer that does not fit"),
        pytest.param(errors.Unavailable("no"), Exit.UNAVAILABLE, id="the marketplace is away"),
        pytest.param(OperationalError("select", {}, Exception("no")), Exit.UNAVAILABLE, id="the database is away"),
        pytest.param(redis.ConnectionError("no"), Exit.UNAVAILABLE, id="redis is away"),
        pytest.param(OSError(28, "no space left"), Exit.UNAVAILABLE, id="the system refuses"),
        pytest.param(KeyboardInterrupt(), Exit.INTERRUPTED, id="Ctrl-C"),
        pytest.param(KeyError("secret value"), Exit.BUG, id="a bug of ours"),
    ],
)
def test_each_error_has_its_exit_code(
    error: BaseException, exit_code: Exit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(error) == exit_code

    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "secret value" not in told


def test_answers_are_found_by_id_by_its_beginning_and_by_the_end_of_the_key() -> None:
    asked = order(questions=[PRICE, DETAIL])
    wanted = {UUID(DETAIL["id"]): ["contoso"]}

    for name in (DETAIL["id"], DETAIL["id"][:6], "msDomain", DETAIL["key"]):
        assert given_answers(asked, [f"{name}=contoso"]) == wanted


def test_a_repeated_question_takes_several_values_and_a_value_may_hold_an_equals_sign() -> None:
    asked = order(questions=[DETAIL])

    assert given_answers(asked, ["msDomain=a=b", "msDomain=c"]) == {UUID(DETAIL["id"]): ["a=b", "c"]}


@pytest.mark.parametrize(
    ("given", "exit_code", "sentence"),
    [
        pytest.param("contoso", Exit.USAGE, "QUESTION=VALUE", id="no equals sign"),
        pytest.param("=contoso", Exit.USAGE, "QUESTION=VALUE", id="no question"),
        pytest.param("nothing=x", Exit.NOT_FOUND, "has no open question nothing", id="no such question"),
        pytest.param("msDomain=x", Exit.USAGE, "could be any of", id="two of that name"),
        pytest.param("d2=x", Exit.USAGE, "could be any of", id="two ids that begin so"),
    ],
)
def test_an_answer_to_nothing_in_particular_is_refused(given: str, exit_code: Exit, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence) as refused:
        given_answers(order(questions=[PRICE, DETAIL, OTHER]), [given])

    assert refused.value.exit_code == exit_code


def test_the_only_price_that_is_asked_about_needs_no_name() -> None:
    assert str(price_question(order(questions=[DETAIL, PRICE]), None).amount) == "3.36"


@pytest.mark.parametrize(
    ("questions", "sentence"),
    [
        pytest.param([DETAIL], "asks about no price", id="none"),
        pytest.param([PRICE, {**PRICE, "id": "1", "key": "price:2"}], "asks about 2 prices", id="two"),
        pytest.param([{**PRICE, "answered_by": "dana"}], "asks about no price", id="it is answered already"),
    ],
)
def test_a_price_is_not_guessed(questions: list[dict[str, Any]], sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        price_question(order(questions=questions), None)


def test_only_an_open_attempt_is_sent_again() -> None:
    attempt = {"id": "0987bdb1-19dc-4ff3-bbf3-9aa2b713d808", "closing": None}

    assert open_attempt(order(attempts=[attempt]), None) == UUID(attempt["id"])
    with pytest.raises(Refusal, match="no attempt whose outcome is unknown"):
        open_attempt(order(attempts=[{**attempt, "closing": "accepted"}]), None)


def test_a_date_means_six_in_the_morning_in_the_configured_zone() -> None:
    when = date_in("2026-12-01", load_settings({"QUOTEWAY_TIME_ZONE": "America/Denver"}, None).time_zone)

    assert when is not None
    assert when.isoformat() == "2026-12-01T13:00:00+00:00"
    assert date_in("now", load_settings({}, None).time_zone) is None


def test_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(Refusal, match=r"The date tomorrow must be a date such as 2026-12-01"):
        date_in("tomorrow", load_settings({}, None).time_zone)


def settings(**variables: str) -> Settings:
    return load_settings({f"QUOTEWAY_{name}": text for name, text in variables.items()}, None)


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"HOST": "0.0.0.0"}, id="open to all without a password"),
        pytest.param({"FLOWER_BASIC_AUTH": "password"}, id="no user"),
        pytest.param({"FLOWER_BASIC_AUTH": "user:"}, id="no password"),
    ],
)
def test_flower_is_not_left_open(variables: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="QUOTEWAY_FLOWER_BASIC_AUTH"):
        check_flower(settings(**variables))


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({}, id="on this machine only"),
        pytest.param({"HOST": "::1"}, id="on this machine only, by IPv6"),
        pytest.param({"HOST": "0.0.0.0", "FLOWER_BASIC_AUTH": "user:password"}, id="behind a password"),
    ],
)
def test_flower_runs_where_nobody_else_can_steer_it(variables: dict[str, str]) -> None:
    check_flower(settings(**variables))


def test_own_servers_stand_in_the_settings_as_if_they_were_named() -> None:
    own = OwnServers("postgresql://q@/q?host=/run", "unix:///run/v?db=0", "http://127.0.0.1:8100", ("key",))

    completed = own.into(settings(TIME_ZONE="Europe/Berlin"))

    assert completed.database_url is not None
    assert completed.database_url.get_secret_value() == "postgresql://q@/q?host=/run"
    assert completed.marketplaces["pax8"].on
    assert completed.marketplaces["pax8"].address("pax8") == "http://127.0.0.1:8100/v1"
    assert completed.time_zone.key == "Europe/Berlin"


def test_own_servers_keep_what_else_is_set_of_the_marketplace() -> None:
    own = OwnServers(simulator="http://127.0.0.1:8100")

    completed = own.into(settings(MARKETPLACES__PAX8__SETTLE_SECONDS="7"))

    assert completed.marketplaces["pax8"].settle_seconds == 7


def test_own_servers_reach_a_child_by_variables_that_the_settings_read() -> None:
    own = OwnServers("postgresql://q@/q?host=/run", "unix:///run/v?db=0", "http://127.0.0.1:8100")

    read = load_settings(own.variables(), None)

    assert read.redis_url is not None
    assert read.redis_url.get_secret_value() == "unix:///run/v?db=0"
    assert read.marketplaces["pax8"].base_url == "http://127.0.0.1:8100/v1"
