"""The command `chaland`.

Exit codes: 0 done; 1 the command found something wrong and says what; 2 wrong usage; 3 the
database or another service cannot be reached; 130 interrupted.

Commands for machines take `--json` and print one JSON document on standard output; everything
meant for people goes to standard error.
"""

import os
import sys

import typer


def main() -> None:
    """Run the command line; the entry point of the package."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chaland.config.settings")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code, with failures told in one line."""
    import psycopg
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError

    from chaland.database.cluster import ClusterError

    try:
        from chaland.cli.application import build

        build()(arguments, prog_name="chaland", standalone_mode=True)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except KeyboardInterrupt:
        return 130
    except ImproperlyConfigured as error:
        return _fail(2, f"wrong settings: {error}")
    except ClusterError as error:
        return _fail(3, str(error))
    except (OperationalError, psycopg.OperationalError) as error:
        return _fail(3, f"the database does not answer: {error}")
    return 0


def _fail(code: int, message: str) -> int:
    typer.secho(f"chaland: {message}", fg=typer.colors.RED, err=True)
    return code
