"""Files on the disk: those that are uploaded, and those that appear in watched folders.

A file is taken when it is whole: its ``<name>.done`` says so, or it has kept its size and time for
a while. It is moved into the room's own folder by one rename, which only one worker wins. When its
run has ended it lies in ``done`` or ``failed`` beside a report.

When several machines serve and work, ``CHALAND_DATA/feeds`` must be one folder for all of them.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import orjson
import structlog
from django.conf import settings
from django.db import transaction

from chaland.feeds.models import Feed, Run
from chaland.feeds.operations.intake import receive_file
from chaland.feeds.queries import run_view
from chaland.feeds.types import FeedMode, FileReceipt, RunState, RunView
from chaland.kernel.actor import SYSTEM
from chaland.kernel.errors import DomainError, FieldProblem, InvalidInputError
from chaland.kernel.ids import new_uuid, to_public

STILL_SECONDS = 10.0
"""A file without a ``.done`` is whole when nothing has touched it for so long."""

_IGNORED = (".done", ".tmp", ".part", ".filepart", ".report.json")
_PIECE = 1024 * 1024

log = structlog.get_logger(__name__)


def work_folder() -> Path:
    """Return where files lie until their run has ended."""
    folder = Path(settings.CHALAND_DATA) / "feeds" / "work"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep(
    stream: BinaryIO, *, size: int | None, sha256: str = "", name: str = ""
) -> tuple[Path, str, int]:
    """Write a stream to the room's folder, whole or not at all; return path, SHA-256 and size.

    Raises DomainError ``half_received`` when fewer bytes come than *size*, or others than *sha256*
    says, and ``body_too_large``.
    """
    path = work_folder() / f"{new_uuid()}.part"
    try:
        with path.open("wb") as file:
            found, written = _copy(stream, file, size)
            file.flush()
            os.fsync(file.fileno())
        _refuse_half(found, written, size, sha256)
        whole = path.with_name(f"{path.stem}-{_plain(name)}")
        path.rename(whole)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return whole, found, written


def _copy(stream: BinaryIO, file: BinaryIO, size: int | None) -> tuple[str, int]:
    digest, written = hashlib.sha256(), 0
    while piece := stream.read(_PIECE if size is None else min(_PIECE, size - written)):
        digest.update(piece)
        written += len(piece)
        if written > settings.CHALAND_FEEDS_MAX_BYTES:
            raise too_large()
        file.write(piece)
    return digest.hexdigest(), written


def _refuse_half(found: str, written: int, size: int | None, sha256: str) -> None:
    if size is not None and written != size:
        raise _half(f"{written} of {size} bytes came.")
    if sha256 and sha256.lower() != found:
        raise _half(f"The bytes that came have the SHA-256 {found}.")


def too_large() -> DomainError:
    """Make the refusal of a file that is larger than the installation takes."""
    return DomainError(
        code="body_too_large",
        message=f"The file is larger than {settings.CHALAND_FEEDS_MAX_BYTES} bytes.",
        status=413,
        fix="Pack it with gzip, send it in parts, or raise CHALAND_FEEDS_MAX_BYTES.",
    )


def take_files(*, now: datetime) -> list[RunView]:
    """Take every file that is whole from the folders of active feeds; return their runs."""
    taken = []
    for feed in Feed.objects.filter(active=True).exclude(folder="").order_by("id"):
        folder = folder_of(feed.folder)
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.iterdir()):
            if _is_whole(path):
                run = _take(feed, path, now)
                taken += [run] if run else []
    return taken


def folder_of(name: str) -> Path:
    """Return the folder that a feed watches; it lies below the installation's, links followed.

    Raises InvalidInputError when it does not.
    """
    root = Path(settings.CHALAND_FEEDS_FOLDER).resolve()
    folder = (root / name).resolve()
    if folder == root or not folder.is_relative_to(root):
        raise InvalidInputError(
            [
                FieldProblem(
                    "folder",
                    "folder_not_allowed",
                    f"{name!r} leads out of the folder for feeds",
                    "Name a folder below it, without links that lead elsewhere.",
                )
            ]
        )
    return folder


def put_away(run: RunView) -> None:
    """Remove the file of a run that has ended, or move it beside its report where it came from."""
    row = Run.objects.get(number=run.number)
    if not row.path or run.state not in (RunState.DONE, RunState.FAILED):
        return
    path = Path(row.path)
    if row.from_folder and path.exists():
        place = Path(row.from_folder) / ("done" if run.state == RunState.DONE else "failed")
        place.mkdir(parents=True, exist_ok=True)
        target = place / f"{run.created_at:%Y%m%dT%H%M%S}-{run.number}-{run.file_name}"
        report = {
            "run": to_public("run", run.id),
            "feed": run.feed,
            "file": run.file_name,
            "sha256": run.sha256,
            "state": run.state,
            "as_of": run.as_of,
            "problem": run.problem_code,
            "detail": run.problem,
            "lines": asdict(run.tally),
        }
        target.with_name(f"{target.name}.report.json").write_bytes(
            orjson.dumps(report, option=orjson.OPT_INDENT_2)
        )
        shutil.move(path, target)
    path.unlink(missing_ok=True)
    Run.objects.filter(number=run.number).update(path="")


def left_behind() -> Iterator[RunView]:
    """Yield runs that have ended and whose file is still there: their worker died in between."""
    ended = (RunState.DONE.value, RunState.FAILED.value)
    for row in Run.objects.select_related("feed").filter(state__in=ended).exclude(path=""):
        yield run_view(row)


def _is_whole(path: Path) -> bool:
    if path.name.startswith(".") or path.name.endswith(_IGNORED) or path.is_symlink():
        return False
    try:
        if not path.is_file():
            return False
        if path.with_name(f"{path.name}.done").exists():
            return True
        return time.time() - path.stat().st_mtime >= STILL_SECONDS
    except FileNotFoundError:  # another worker was faster
        return False


def _take(feed: Feed, path: Path, now: datetime) -> RunView | None:
    marker = path.with_name(f"{path.name}.done")
    mine = work_folder() / f"{new_uuid()}-{_plain(path.name)}"
    try:
        written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        _move(path, mine)
    except FileNotFoundError:
        return None
    said = _marker(marker)
    marker.unlink(missing_ok=True)
    try:
        with transaction.atomic():
            return receive_file(
                feed_code=feed.code,
                receipt=_receipt(feed, path, mine, said, min(written_at, now)),
                now=now,
                actor=SYSTEM,
            )
    except (DomainError, ValueError) as error:
        log.warning("file not taken", feed=feed.code, file=path.name, reason=str(error))
        failed = path.parent / "failed"
        failed.mkdir(exist_ok=True)
        shutil.move(mine, failed / path.name)
        problem = {"file": path.name, "detail": str(error)}
        (failed / f"{path.name}.report.json").write_bytes(orjson.dumps(problem))
        return None


def _receipt(
    feed: Feed, path: Path, mine: Path, said: dict[str, object], written_at: datetime
) -> FileReceipt:
    """Say what is known of a file: by its marker, else it is as of when it was written."""
    with mine.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if said.get("sha256") and str(said["sha256"]).lower() != found:
        raise _half(f"The file has the SHA-256 {found}.")
    told = said.get("acknowledged_to")
    return FileReceipt(
        path=str(mine),
        name=path.name,
        sha256=found,
        size=mine.stat().st_size,
        as_of=datetime.fromisoformat(str(said["as_of"])) if said.get("as_of") else written_at,
        acknowledged_to=datetime.fromisoformat(str(told)) if told else None,
        lines=int(str(said["lines"])) if said.get("lines") is not None else None,
        closes_unmentioned=feed.closes_unmentioned and feed.mode == FeedMode.SNAPSHOT,
        from_folder=str(path.parent),
    )


def _marker(path: Path) -> dict[str, object]:
    """Read what a ``.done`` says, if anything: a JSON object."""
    try:
        found = orjson.loads(path.read_bytes() or b"{}")
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _move(source: Path, target: Path) -> None:
    """Rename a file; across file systems it is copied under another name first."""
    try:
        source.rename(target)
    except FileNotFoundError:
        raise
    except OSError:
        taken = source.with_name(f".{source.name}.{target.name}")
        source.rename(taken)
        shutil.copyfile(taken, target)
        taken.unlink()


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)[-80:]


def _half(message: str) -> DomainError:
    return DomainError(
        code="half_received",
        message=f"The file did not come whole: {message} Nothing of it was used.",
        status=422,
        fix="Send the whole file again.",
    )
