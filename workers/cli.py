"""
The command line, `quoteway`.

Modules are imported by the command that needs them: `--help` and the start of a part stay quick. Exit codes are in
`workers.commands.exits`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from workers.commands.marketplaces import marketplaces
from workers.commands.notices import notices
from workers.commands.orders import orders
from workers.commands.product_map import product_map
from workers.commands.sources import sources
from workers.commands.streams import ready_for_any_terminal

app = typer.Typer(
    help="From an accepted quote to live subscriptions: bought once, or a question to a person.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
quotes = typer.Typer(help="Take accepted quotes in by hand, and see what became of each.", no_args_is_help=True)
database = typer.Typer(help="Prepare the database, and change its keys.", no_args_is_help=True)
app.add_typer(orders, name="order")
app.add_typer(quotes, name="quote")
app.add_typer(product_map, name="map")
app.add_typer(sources, name="source")
app.add_typer(marketplaces, name="marketplace")
app.add_typer(notices, name="notice")
app.add_typer(database, name="db")

Host = Annotated[str | None, typer.Option(help="Where to listen, instead of QUOTEWAY_HOST.")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Where to listen, instead of QUOTEWAY_PORT.")]
DataDir = Annotated[Path | None, typer.Option(help="The data folder, instead of QUOTEWAY_DATA_DIR.")]
File = Annotated[
    str, typer.Argument(metavar="FILE", help="A quote-accepted event or its data, as JSON; - reads stdin.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"quoteway {version('quoteway')}")
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    with_traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where an error came from, for reports of bugs.")
    ] = False,
) -> None:
    del show_version, with_traceback


@app.command()
def up(host: Host = None, port: Port = None, data_dir: DataDir = None) -> None:
    """Run everything until Ctrl-C. Brings servers of its own where none are configured."""
    from workers.commands.up import run

    run(host, port, data_dir)


@app.command()
def status(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Tell what runs, and where. Of each part of `quoteway up`: state, process id, address. Exit code 0: all ready."""
    from workers.commands.status import tell

    raise typer.Exit(tell(data_dir, as_json=as_json))


@app.command()
def demo(
    all_sources: Annotated[
        bool, typer.Option("--all-sources", help="Show one acceptance from each source instead, in about a minute.")
    ] = False,
    all_marketplaces: Annotated[
        bool, typer.Option("--all-marketplaces", help="Show one quote over four marketplaces instead.")
    ] = False,
    as_json: AsJson = False,
    svg: Annotated[Path | None, typer.Option(help="Save what is seen at the end as a picture.")] = None,
) -> None:
    """Show telling quotes on their way. Takes half a minute, in a Quoteway of its own that leaves nothing behind."""
    if all_sources:
        from workers.demo.all_sources.run import run as run_all_sources

        raise typer.Exit(run_all_sources(as_json=as_json, svg=svg))
    if all_marketplaces:
        from tempfile import TemporaryDirectory

        from workers.demo.all_marketplaces.run import run as run_all_marketplaces

        with TemporaryDirectory(prefix="quoteway-templates-") as folder:
            raise typer.Exit(run_all_marketplaces(as_json=as_json, svg=svg, folder=Path(folder)))
    from workers.demo.run import run

    raise typer.Exit(run(as_json=as_json, svg=svg))


@app.command()
def web(host: Host = None, port: Port = None) -> None:
    """Run the web process until SIGTERM: webhooks in, operator API."""
    from workers.commands.parts import web as run

    run(host, port)


@app.command()
def worker(
    stages: Annotated[str | None, typer.Option(help="Serve only these stages, comma-separated. Default: all.")] = None,
) -> None:
    """Run a worker until SIGTERM. As many as wanted, on as many machines as wanted."""
    from workers.commands.parts import worker as run

    raise typer.Exit(run(stages))


@app.command()
def flower() -> None:
    """Run Flower, which shows workers and tasks, until SIGTERM."""
    from workers.commands.parts import flower as run

    run()


@database.command("upgrade")
def upgrade_database() -> None:
    """Prepare the database for this version. Changes nothing where that is done."""
    from workers.commands.parts import upgrade_database as run

    run()


@database.command("reseal")
def reseal_database(as_json: AsJson = False) -> None:
    """Seal everything with the first encryption key, so that the others can go. Disturbs nothing that runs."""
    from workers.commands.reseal import run

    raise typer.Exit(run(as_json=as_json))


@app.command()
def simulator(
    name: Annotated[
        Literal["pax8", "appxite", "flexportal", "limio"], typer.Argument(metavar="NAME", help="Which marketplace.")
    ],
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8100,
    speed: Annotated[float, typer.Option(min=0.001, help="How much faster its time runs.")] = 1.0,
) -> None:
    """Run a simulated marketplace until SIGTERM. Nothing is bought there; what it holds is gone when it ends."""
    from workers.commands.simulator import run

    run(name, host, port, speed)


@app.command()
def plan(file: File, as_json: AsJson = False) -> None:
    """Tell what an accepted quote would do. Buys nothing and keeps nothing."""
    from workers.commands.plan import tell

    raise typer.Exit(tell(file, as_json=as_json))


@app.command()
def drill(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Which; all of them if none is named.")
    ] = None,
    short: Annotated[bool, typer.Option("--short", help="Only as much as the tests run.")] = False,
    seed: Annotated[int, typer.Option(help="Decides what is left to chance; the same one does the same.")] = 20_261_121,
    list_: Annotated[bool, typer.Option("--list", help="Name the drills and run none.")] = False,
    as_json: AsJson = False,
) -> None:
    """Do harm to a Quoteway of its own, and count what came of it. Takes up to an hour, leaves nothing behind."""
    from workers.commands.drills import list_drills, run

    if list_:
        list_drills()
        return
    raise typer.Exit(run(names or (), short=short, seed=seed, as_json=as_json))


@quotes.command()
def example(as_json: AsJson = False) -> None:
    """Print a quote-accepted event that the simulated Pax8 can fulfil, as JSON in any case."""
    del as_json
    from workers.commands.quotes import print_example

    print_example()


@quotes.command()
def accept(
    file: File,
    connection: Annotated[str | None, typer.Option(help="Take it as if it came over this source connection.")] = None,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait until its orders are there.")] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Take an accepted quote in by hand, as a webhook would bring it."""
    from workers.commands.quotes import take

    raise typer.Exit(take(file, connection, wait, as_json=as_json))


@quotes.command("show")
def show_quote(
    quote: Annotated[str, typer.Argument(help="A quote's id or number.")],
    as_json: AsJson = False,
) -> None:
    """Show a quote with all orders that it has made, whatever the marketplace."""
    from workers.commands.quote_page import show

    raise typer.Exit(show(quote, as_json=as_json))


def main() -> None:
    """The entry point. Errors are one sentence on stderr and a stable exit code."""
    ready_for_any_terminal()
    try:
        app()
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has gone, as `head` does
        sys.exit(141)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - each becomes a sentence and an exit code
        from workers.commands.exits import report

        sys.exit(report(error, with_traceback="--traceback" in sys.argv))


if __name__ == "__main__":
    main()
