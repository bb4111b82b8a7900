"""Build the command line from our own commands and those that the rooms bring."""

import sys
from typing import Annotated

import django
import typer

import chaland
from chaland.config import rooms

WITHOUT_DATABASE = frozenset({"doctor", "openapi", "replay", "stop-database"})


def build() -> typer.Typer:
    """Set Django up and make the application.

    A room's commands come from `chaland.<room>.commands`, a module with
    `register(app: typer.Typer) -> None`, which adds commands with `app.command(...)` or a group
    with `app.add_typer(...)`. When a command runs, Django is set up and the embedded database (if
    that is the one in use) is running; migrations are not applied unless the command does it.
    """
    django.setup()
    application = typer.Typer(
        name="chaland",
        help="One stock, one promise, one order: an omnichannel order management system.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    application.callback()(_before_any_command)
    from chaland.cli import checks, processes

    processes.register(application)
    checks.register(application)
    for _, module in rooms.modules("commands"):
        module.register(application)
    return application


def _print_version(asked: bool) -> None:  # noqa: FBT001  called by typer
    if asked:
        typer.echo(f"chaland {chaland.__version__}")
        raise typer.Exit


def _before_any_command(
    context: typer.Context,
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    del version  # handled by its callback
    if context.invoked_subcommand in WITHOUT_DATABASE or {"-h", "--help"} & set(sys.argv):
        return
    from chaland.cli.processes import attach_database

    attach_database()
