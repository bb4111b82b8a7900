"""`chaland demo`: build the retailer once, then let it live."""

import threading
import time
from pathlib import Path
from random import Random
from typing import Annotated

import typer
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from rich.console import Console
from rich.live import Live
from rich.text import Text

from chaland.demo import building, sign_ins
from chaland.demo.assortment import assortment
from chaland.demo.building import DemoError
from chaland.demo.history import ACTOR, write_history
from chaland.demo.household import Household, require_free, stop_on_signals
from chaland.demo.network_plan import sites, towns
from chaland.demo.on_the_way import on_the_way, write_supply
from chaland.demo.peers import Peers
from chaland.demo.shoppers import Shoppers
from chaland.demo.sign_ins import SignIns
from chaland.demo.stock_plan import opening_stock
from chaland.demo.stocktaking import write_counts, write_lists
from chaland.demo.traffic import Tally, Traffic
from chaland.demo.types import AGE
from chaland.kernel import clock

WATCH_SECONDS = 0.5
SPEED = 60.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    speed: Annotated[
        float, typer.Option(min=0, max=2000, help="Hours that go by in an hour; 0: no traffic.")
    ] = SPEED,
    reset: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--reset", help="Throw the demo's data away and begin anew.")
    ] = False,
) -> None:
    """Serve an invented retailer with live traffic, until Ctrl-C.

    The first time it builds everything: a minute at most. Later it finds its data and starts in
    seconds. Exit code 0: stopped; 1: it cannot start, or something died; the message says why.
    """
    console = Console(stderr=True)
    folder = Path(settings.CHALAND_DATA)
    try:
        require_free(host, port)
        known = _prepare(console, folder, reset=reset)
        stop = stop_on_signals()
        household = Household(folder=folder, host=host, port=port)
        try:
            with console.status("Starting the server and the worker…"):
                household.start()
            typer.echo(_welcome(household.url, known, folder))
            _live(console, household, known, speed, stop)
        finally:
            household.stop()
    except DemoError as error:
        console.print(f"chaland demo: {error}", style="red", markup=False, highlight=False)
        raise typer.Exit(1) from error


def _prepare(console: Console, folder: Path, *, reset: bool) -> SignIns:
    """Bring the database up to date and make sure that the retailer is in it."""
    began = time.monotonic()
    with console.status("Preparing the database…") as status:
        if reset:
            _throw_away()
        call_command("migrate", interactive=False, verbosity=0)
        if building.is_built():
            known = sign_ins.load(folder)
            if known is None:
                raise DemoError(
                    f"{folder / sign_ins.FILE_NAME} is missing, and with it everybody's password:"
                    " begin anew with make demo-reset"
                )
        else:
            now = clock.now()
            known = building.build(
                folder=folder, now=now - AGE, told=lambda what: status.update(f"Writing {what}…")
            )
            random = Random(known.seed)  # noqa: S311 - a demo
            articles, places = assortment(known.seed), {site.code: site for site in sites()}
            stock = opening_stock(articles, sites(), known.seed)
            status.update("Counting the shelves of the last weeks…")
            with transaction.atomic():
                write_counts(stock, places, now=now, random=random)
            write_history(
                shoppers=_shoppers(known, Random(known.seed)),  # noqa: S311 - a demo
                random=Random(known.seed),  # noqa: S311
                now=now,
                told=lambda done, total: status.update(f"Living the last days… {done}/{total} h"),
            )
            with transaction.atomic():
                write_supply(on_the_way(articles, sites(), known.seed), now=now, actor=ACTOR)
                write_lists(stock, articles, now=now)
    connections.close_all()
    console.print(f"The retailer is ready ({time.monotonic() - began:.1f} s).", style="dim")
    return known


def _throw_away() -> None:
    """Empty the database, if it is the demo's."""
    if not settings.DATABASE_IS_EMBEDDED:
        raise DemoError("--reset empties the embedded database only: drop and make yours yourself")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('network_organisation') IS NOT NULL")
        if cursor.fetchone()[0]:
            building.is_built()
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")


def _shoppers(known: SignIns, random: Random) -> Shoppers:
    articles, places = assortment(known.seed), sites()
    stock = opening_stock(articles, places, known.seed)
    return Shoppers(articles=articles, sites=places, stock=stock, towns=towns(), random=random)


def _live(
    console: Console, household: Household, known: SignIns, speed: float, stop: threading.Event
) -> None:
    """Let the traffic flow until *stop* is set. Raises DemoError when a process dies."""
    peers = Peers(household.url, known.keys)
    random = Random()  # noqa: S311 - each day of the demo is another
    places = {site.code: site for site in sites()}
    traffic = Traffic(
        peers=peers,
        shoppers=_shoppers(known, random),
        sites=places,
        stock=opening_stock(assortment(known.seed), sites(), known.seed),
        random=random,
        speed=max(speed, 1.0),
        unhurried=_desks(known),
    )
    thread = threading.Thread(target=traffic.run, args=(stop,), name="traffic")
    if speed > 0:
        thread.start()
    try:
        with Live(console=console, transient=True, auto_refresh=False) as live:
            while not stop.wait(WATCH_SECONDS):
                household.require_alive()
                if speed > 0 and not thread.is_alive():
                    raise DemoError("the traffic has stopped; the error is above")
                live.update(_told(traffic.tally), refresh=True)
    finally:
        stop.set()
        if thread.is_alive():
            thread.join()
        peers.close()
    console.print("Stopping… the data is kept: make demo goes on from here.", style="dim")


def _desks(known: SignIns) -> frozenset[str]:
    """Name the sites that somebody signs in for: their work waits for that person."""
    named = {code for person in known.people for code in person.locations}
    owners = {
        code for person in known.people if not person.locations for code in person.organisations
    }
    return frozenset(named | {site.code for site in sites() if site.organisation in owners})


def _welcome(url: str, known: SignIns, folder: Path) -> str:
    """Return plain lines: nothing of a password may be cut off, however narrow the window is."""
    widest = max(len(person.email) for person in known.people)
    people = [
        f"  {person.email:<{widest}}  {person.password}  {person.what}" for person in known.people
    ]
    files = [f"API: {url}/api/docs", f"Keys and passwords: {folder / sign_ins.FILE_NAME}"]
    heading, ending = f"Tilvert lives at {url}", "Ctrl-C stops; the data is kept."
    return "\n".join([heading, "", *people, "", *files, ending, ""])


def _told(tally: Tally) -> Text:
    if tally.trouble:
        return Text(tally.trouble, style="yellow")
    shown = (
        "orders placed",
        "accepted",
        "shipped",
        "delivered",
        "collected",
        "refused",
        "cancelled",
    )
    return Text(" · ".join(f"{name} {tally.counts[name]:,}" for name in shown), style="dim")
