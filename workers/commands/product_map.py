"""`quoteway map ...`: what the quote tools' products are at the marketplaces."""

from __future__ import annotations

from typing import Annotated

import typer

product_map = typer.Typer(help="What the quote tools' products are at the marketplaces.", no_args_is_help=True)

Source = Annotated[str, typer.Argument(metavar="SOURCE", help="The source connection's name.")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="What that tool knows the product by, to the letter.")]
Actor = Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who does this. Default: your user name here.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]


@product_map.command("list")
def list_rows(
    source: Annotated[str, typer.Option(help="Only of this source.")] = "",
    key: Annotated[str, typer.Option(help="Only of this key, to the letter.")] = "",
    marketplace: Annotated[str, typer.Option(help="As pax8.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 20,
    cursor: Annotated[str, typer.Option(help="Go on where a list ended (its next_cursor).")] = "",
    as_json: AsJson = False,
) -> None:
    """List what is mapped. By source, key and day."""
    from workers.commands.map_acts import show_list

    show_list(source=source, key=key, marketplace=marketplace, limit=limit, cursor=cursor, as_json=as_json)


@product_map.command("set")
def set_row(
    source: Source,
    key: Key,
    product_id: Annotated[str, typer.Argument(metavar="PRODUCT_ID", help="The product's id at the marketplace.")],
    marketplace: Annotated[str, typer.Option(help="As pax8. Default: the only one that is configured.")] = "",
    valid_from: Annotated[
        str, typer.Option("--from", metavar="DAY", help="For quotes accepted from this day on (UTC). Default: today.")
    ] = "",
    billing_term: Annotated[str, typer.Option(help="Monthly, Annual, ... Default: the quote says.")] = "",
    commitment: Annotated[str, typer.Option(help="As the marketplace names it. Default: the quote says.")] = "",
    provisioning: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=VALUE", help="Answers what the quote does not. Repeat it for several."),
    ] = None,
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Map a key to a product. Changes the row where there is one of this source, key, day and marketplace."""
    from workers.commands.map_acts import put_one

    given = {"source": source, "key": key, "product_id": product_id, "marketplace": marketplace}
    terms = {"valid_from": valid_from, "billing_term": billing_term, "commitment": commitment}
    put_one({**given, **terms}, provisioning or (), actor=actor, as_json=as_json)


@product_map.command("remove")
def remove_row(
    row: Annotated[str, typer.Argument(metavar="ROW", help="The row's id, or its beginning, as list tells it.")],
    as_json: AsJson = False,
) -> None:
    """Remove a row. What was ordered by it stays as it is."""
    from workers.commands.map_acts import remove_one

    remove_one(row, as_json=as_json)


@product_map.command("import")
def import_rows(
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV, as export writes it; - reads stdin.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what each line would do; write nothing.")
    ] = False,
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Put every row of a CSV file into the map. All or none; rows that it does not name stay."""
    from workers.commands.map_import import bring_in

    raise typer.Exit(bring_in(file, dry_run=dry_run, actor=actor, as_json=as_json))


@product_map.command("export")
def export_rows() -> None:
    """Print the whole map as CSV."""
    from workers.commands.map_import import print_csv

    print_csv()
