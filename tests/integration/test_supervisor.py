"""The supervisor over small real processes: order, restarts, the end of everything, what another process can see."""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from workers.supervision import HostError, Part, PartEvent, PartState, Supervisor, read_status
from workers.supervision.process import end, mark_of, wait_until

SOON = timedelta(seconds=10)
AT_ONCE = (timedelta(0),)


def shell(name: str, script: str, *, after: tuple[str, ...] = (), ready: Callable[[], bool] | None = None) -> Part:
    return Part(name=name, command=("/bin/sh", "-c", script), after=after, ready=ready, stop_grace=timedelta(seconds=5))


def quiet(name: str, after: tuple[str, ...] = ()) -> Part:
    return shell(name, "exec tail -f /dev/null", after=after)


def pid_of(folder: Path, name: str) -> int:
    pid = read_status(folder).part(name).pid
    assert pid is not None
    return pid


def test_parts_start_in_order_and_stop_in_the_opposite_one(tmp_path: Path) -> None:
    told: list[PartEvent] = []
    parts = [quiet("postgres"), quiet("worker", after=("postgres",)), quiet("flower", after=("worker",))]

    with Supervisor(parts, tmp_path, told.append) as supervisor:
        supervisor.wait_ready(SOON)

    def order(state: PartState) -> list[str]:
        return [event.part for event in told if event.state is state]

    assert order(PartState.READY) == ["postgres", "worker", "flower"]
    assert order(PartState.STOPPED) == ["flower", "worker", "postgres"]


def test_a_part_starts_only_when_what_it_comes_after_answers(tmp_path: Path) -> None:
    answers = tmp_path / "answers"
    parts = [shell("slow", "exec tail -f /dev/null", ready=answers.exists), quiet("next", after=("slow",))]

    with Supervisor(parts, tmp_path) as supervisor:
        assert wait_until(lambda: read_status(tmp_path).running, SOON)
        assert read_status(tmp_path).part("next").state is PartState.WAITING
        answers.touch()
        supervisor.wait_ready(SOON)


def test_a_killed_part_comes_back_and_the_status_counts_it(tmp_path: Path) -> None:
    with Supervisor([quiet("web")], tmp_path, backoff=AT_ONCE) as supervisor:
        supervisor.wait_ready(SOON)
        assert wait_until(lambda: read_status(tmp_path).part("web").pid is not None, SOON)
        before = pid_of(tmp_path, "web")

        os.kill(before, signal.SIGKILL)

        assert wait_until(lambda: read_status(tmp_path).part("web").restarts == 1 and supervisor.all_ready, SOON)
        assert pid_of(tmp_path, "web") != before


def test_nothing_that_a_part_started_is_left(tmp_path: Path) -> None:
    children = tmp_path / "children"
    deaf = f"trap '' TERM; tail -f /dev/null & echo $! >{children}; wait"
    part = Part(name="deaf", command=("/bin/sh", "-c", deaf), ready=children.exists, stop_grace=timedelta(seconds=0.1))

    with Supervisor([part], tmp_path) as supervisor:
        supervisor.wait_ready(SOON)
        assert wait_until(lambda: children.read_text().strip() != "", SOON)
        parent, child = pid_of(tmp_path, "deaf"), int(children.read_text())

    assert mark_of(parent) is None
    assert wait_until(lambda: mark_of(child) is None, SOON)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_and_the_handlers_are_put_back(tmp_path: Path, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    parts = [shell("caller", f"kill -{number} {os.getpid()}; exec tail -f /dev/null")]

    Supervisor(parts, tmp_path).run()

    assert signal.getsignal(number) is before
    assert not read_status(tmp_path).running
    assert read_status(tmp_path).part("caller").state is PartState.STOPPED


def test_a_part_that_never_gets_ready_ends_the_run_and_shows_its_last_words(tmp_path: Path) -> None:
    parts = [quiet("first"), shell("web", "echo the port is taken; exit 3", ready=lambda: False, after=("first",))]

    with pytest.raises(HostError, match="the port is taken") as failed:
        Supervisor(parts, tmp_path, backoff=AT_ONCE, give_up_after=3).run()

    assert failed.value.code == "supervisor.part_failed"
    assert str(failed.value).startswith("web cannot be started: exit code 3, 3 times in a row.")
    assert {part.state for part in read_status(tmp_path).parts} == {PartState.STOPPED}


def test_a_command_that_says_what_is_wrong_ends_the_run_with_that_sentence(tmp_path: Path) -> None:
    def command() -> list[str]:
        raise HostError("embedded.no_user", "Make a user.")

    with pytest.raises(HostError, match=r"^Make a user\.$"):
        Supervisor([quiet("first"), Part(name="postgres", command=command)], tmp_path).run()
    assert read_status(tmp_path).part("first").state is PartState.STOPPED


def test_output_goes_to_a_private_file_and_the_last_runs_is_kept(tmp_path: Path) -> None:
    for run in ("first", "second"):
        said = tmp_path / f"{run}.said"
        parts = [shell("web", f"echo {run}; touch {said}; exec tail -f /dev/null", ready=said.exists)]
        with Supervisor(parts, tmp_path) as supervisor:
            supervisor.wait_ready(SOON)

    assert (tmp_path / "logs/web.log").read_text() == "second\n"
    assert (tmp_path / "logs/web.1.log").read_text() == "first\n"
    assert (tmp_path / "logs/web.log").stat().st_mode & 0o777 == 0o600


def test_a_part_sees_the_environment_that_it_was_given_and_no_other(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    part = Part(
        name="web",
        command=("/bin/sh", "-c", f"env >{seen}.half; mv {seen}.half {seen}; exec tail -f /dev/null"),
        env={"ONLY": "this", "PATH": "/usr/bin:/bin"},
        ready=seen.exists,
    )

    with Supervisor([part], tmp_path) as supervisor:
        supervisor.wait_ready(SOON)

    names = {line.partition("=")[0] for line in seen.read_text().splitlines()}
    assert names - {"PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"} == {"ONLY", "PATH"}


def test_a_listener_whose_terminal_is_gone_does_not_end_the_run(tmp_path: Path) -> None:
    def print_to_nobody(_event: PartEvent) -> None:
        raise BrokenPipeError

    with Supervisor([quiet("web")], tmp_path, print_to_nobody) as supervisor:
        supervisor.wait_ready(SOON)


def test_a_listener_with_a_bug_ends_the_run_with_every_part_stopped(tmp_path: Path) -> None:
    def buggy(_event: PartEvent) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Supervisor([quiet("web")], tmp_path, buggy).run()

    assert read_status(tmp_path).part("web").state is PartState.STOPPED


def test_a_run_that_was_told_to_ignore_hangups_goes_on_ignoring_them(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        script = f"kill -HUP {os.getpid()}; kill -TERM {os.getpid()}; exec tail -f /dev/null"
        Supervisor([shell("caller", script)], tmp_path).run()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(
    "parts",
    [
        [quiet("web"), quiet("web")],
        [quiet("web", after=("postgres",)), quiet("postgres")],
        [quiet("web", after=("web",))],
    ],
    ids=["twice the same name", "before what it comes after", "after itself"],
)
def test_an_order_that_cannot_be_is_refused(tmp_path: Path, parts: list[Part]) -> None:
    with pytest.raises(ValueError, match="part web"):
        Supervisor(parts, tmp_path)


def test_where_nothing_ever_ran_nothing_runs(tmp_path: Path) -> None:
    assert read_status(tmp_path).model_dump() == {"running": False, "pid": None, "started_at": None, "parts": ()}


def test_a_state_file_whose_process_ids_are_others_by_now_tells_of_nothing_running(tmp_path: Path) -> None:
    with Supervisor([quiet("web")], tmp_path) as supervisor:
        supervisor.wait_ready(SOON)
        assert wait_until(lambda: read_status(tmp_path).part("web").state is PartState.READY, SOON)
        state = json.loads((tmp_path / "status.json").read_text())
    alive_since_another_time = {"pid": os.getpid(), "mark": "another boot:1"}
    state |= {**alive_since_another_time, "ended": False}
    state["parts"][0] |= alive_since_another_time

    (tmp_path / "status.json").write_text(json.dumps(state))

    status = read_status(tmp_path)
    assert (status.running, status.pid) == (False, None)
    assert (status.part("web").state, status.part("web").pid) == (PartState.STOPPED, None)


def test_the_state_file_is_private_and_whole(tmp_path: Path) -> None:
    with Supervisor([quiet("web")], tmp_path) as supervisor:
        supervisor.wait_ready(SOON)

    assert (tmp_path / "status.json").stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".status.json.*"))


def test_a_process_that_is_not_the_marked_one_is_never_signalled() -> None:
    end(os.getpid(), "another boot:1", signal.SIGKILL, timedelta(0))

    assert mark_of(os.getpid()) is not None


def test_a_program_that_does_not_exist_is_told_in_a_sentence(tmp_path: Path) -> None:
    part = Part(name="web", command=("/nonexistent/web",), ready=lambda: False)

    with pytest.raises(HostError, match="/nonexistent/web cannot be run: No such file or directory"):
        Supervisor([part], tmp_path, backoff=AT_ONCE, give_up_after=1).run()


def test_a_part_is_a_command_or_a_function_that_gives_one() -> None:
    assert Part(name="a", command=(sys.executable,)).argv() == Part(name="a", command=lambda: [sys.executable]).argv()
