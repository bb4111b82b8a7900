"""Commands that run processes: serve, worker, migrate, manage."""

import os
import signal
import threading
from typing import Annotated

import typer
from django.conf import settings
from django.core.management import call_command, execute_from_command_line

from chaland.config import rooms
from chaland.config.parent import announce_parent
from chaland.database import embedded
from chaland.database.reach import try_to_connect


def attach_database() -> None:
    """Start the embedded database or join it; see that the one of `DATABASE_URL` answers.

    Raises `ClusterError` or `psycopg.OperationalError`.
    """
    if settings.DATABASE_IS_EMBEDDED:
        embedded.attach(settings.CHALAND_DATA)
    else:
        try_to_connect()


def register(application: typer.Typer) -> None:
    """Add the commands of this module."""
    application.command()(migrate)
    application.command()(serve)
    application.command()(worker)
    application.command(
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
        add_help_option=False,
    )(manage)
    application.command("collect-static")(collect_static)
    application.command("stop-database")(stop_database)


def migrate() -> None:
    """Bring the database's tables up to this version."""
    call_command("migrate", interactive=False, verbosity=1)


def manage(context: typer.Context) -> None:
    """Run a command of Django's own: `chaland manage makemigrations orders`."""
    execute_from_command_line(["chaland manage", *context.args])


def collect_static() -> None:
    """Gather and compress the files that browsers load, for production."""
    call_command("collectstatic", interactive=False, verbosity=0)


def stop_database() -> None:
    """Stop the embedded database now, whoever uses it; it starts again when next needed."""
    if not settings.DATABASE_IS_EMBEDDED:
        typer.echo("DATABASE_URL is set: that server is not ours to stop", err=True)
        raise typer.Exit(2)
    was_running = embedded.stop(settings.CHALAND_DATA)
    typer.echo("stopped" if was_running else "was not running", err=True)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    threads: Annotated[int, typer.Option(min=1, help="Threads of Django, per process.")] = 64,
) -> None:
    """Serve the API and the screens until stopped; requests under way are finished first."""
    from granian.constants import Interfaces, Loops
    from granian.log import LogLevels
    from granian.server import Server

    if settings.PRODUCTION:
        collect_static()
    server = Server(
        "chaland.config.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=workers,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
        websockets=False,
        log_level=LogLevels.warning,
    )
    os.environ["CHALAND_THREADS"] = str(threads)  # for the processes that the server starts
    announce_parent()
    typer.echo(f"Serving on http://{host}:{port}", err=True)
    server.serve()


def worker(
    concurrency: Annotated[int, typer.Option(min=1, help="Jobs at once.")] = 4,
) -> None:
    """Run background jobs and the rooms' own loops until stopped."""
    from chaland.config import background

    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    loops = list(rooms.modules("worker"))
    names = ", ".join(room for room, _ in loops) or "none"
    typer.echo(f"Worker at work, loops: {names}", err=True)
    background.run(stop, loops=loops, concurrency=concurrency)
