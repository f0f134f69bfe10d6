"""The embedded server as the rest of EventOS sees it: start, use, release."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import logging
import shutil
import threading
from pathlib import Path

import psycopg
from psycopg import pq, sql
from sqlalchemy.engine import URL

from eventos_core.db import bootstrap as bootstrapping
from eventos_core.db.embedded import account as accounts
from eventos_core.db.embedded import binaries, places
from eventos_core.db.embedded.account import Account
from eventos_core.db.embedded.cluster import SUPERUSER, Cluster, ping, wait_while_rejecting
from eventos_core.db.embedded.locks import FileLock
from eventos_core.db.embedded.places import Credentials
from eventos_core.db.names import APP, BACKUP, MIGRATOR
from eventos_core.db.urls import Urls, libpq
from eventos_core.kernel.errors import SetupError

DATABASE = "eventos"

_log = logging.getLogger(__name__)


class EmbeddedServer:
    """A PostgreSQL server of our own in `data_dir`, shared by all processes that have started it.

    The server runs as long as any process holds a lease on it. A killed process loses its lease with its life;
    a killed server is recovered by the next `start`, in whichever process.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.expanduser().resolve()
        self._mutex = threading.RLock()
        self._lease: FileLock | None = None
        self._urls: Urls | None = None
        self._socket_dir: Path | None = None

    def start(self) -> Urls:
        """Make the database if there is none, start the server if it does not run, take a lease.

        Cheap when it runs already. Raises SetupError that says what is wrong and what to do.
        """
        with self._mutex:
            if self._lease and self._lease.mine and self._urls and self._answers():
                return self._urls
            try:
                self._urls = self._start()
            except OSError as error:
                raise SetupError(
                    f"The embedded database could not be started: {error.strerror or error}: {error.filename or ''}",
                    hint=f"Check free disk space and permissions of {self.data_dir}.",
                ) from error
            return self._urls

    def release(self) -> None:
        """Give up this process's lease; the last process to do so stops the server and waits for it.

        Called by itself when the process ends. Harmless when repeated and in a forked child.
        """
        with self._mutex:
            lease, self._lease = self._lease, None
            if lease is None or not lease.mine:
                return
            try:
                lock = FileLock(self.data_dir / "server" / "lock")
            except FileNotFoundError:  # the data directory was removed; the server ends by itself when it notices
                lease.close()
                return
            with lock:
                lock.wait_exclusive()
                self._leave(lease)

    def check_new(self) -> None:
        """Raises SetupError when there is a database already; makes nothing."""
        control = self.data_dir / "server"
        if (self.data_dir / "PG_VERSION").exists() or (control.exists() and places.find_home(self.data_dir, control)):
            raise _not_new(self.data_dir)

    def make_place(self) -> Path:
        """The data directory, made if it is missing, for what shall be adopted. Raises SetupError."""
        places.control_dir(self.data_dir)
        return self.data_dir

    def adopt(self, data: Path, *, database: str = DATABASE) -> None:
        """Move a complete PostgreSQL data directory in, as the restore of base backups makes one.

        `database` is what ours is called there. Passwords in it are replaced at the next `start`. Raises SetupError
        when there is a database already.
        """
        control = places.control_dir(self.data_dir)
        with FileLock(control / "lock") as lock:
            lock.wait_exclusive()
            if places.find_home(self.data_dir, control) is not None:
                raise _not_new(self.data_dir)
            account = accounts.for_new_server()
            home = places.make_home(self.data_dir, control, account)
            arriving = home / "init-adopted"
            shutil.move(data, arriving)
            arriving.chmod(0o700)
            account.give_tree(arriving)
            if database != DATABASE:
                cluster = Cluster(home, account, binaries.for_account(account))
                cluster.rename_database(arriving, database, DATABASE)
            arriving.rename(home / "data")

    def __enter__(self) -> Urls:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _start(self) -> Urls:
        control = places.control_dir(self.data_dir)
        with FileLock(control / "lock") as lock:
            lock.wait_exclusive()
            lease = FileLock(control / "leases")
            lease.wait_shared()
            try:
                urls = self._up(control)
            except BaseException:
                self._leave_quietly(lease)
                raise
            if self._lease:
                self._lease.close()
            self._lease = lease
        atexit.unregister(self._at_exit)
        atexit.register(self._at_exit)
        return urls

    def _up(self, control: Path) -> Urls:
        """Server up, roles made, database made; the caller holds the start lock."""
        credentials = Credentials.load(self.data_dir, control)
        home = places.find_home(self.data_dir, control)
        if home is None:
            account = accounts.for_new_server()
            home = places.make_home(self.data_dir, control, account)
        else:
            account = accounts.of_files(home / "data")
        socket_dir = Path(credentials.socket_dir)
        trusted = credentials.socket_dir and places.is_private(socket_dir, account)
        if not trusted or not wait_while_rejecting(socket_dir):
            cluster = Cluster(home, account, binaries.for_account(account))
            socket_dir = places.socket_dir(credentials.socket_dir, account)
            credentials.socket_dir = str(socket_dir)
            credentials.save(control)
            cluster.ensure_made(credentials.superuser)
            cluster.ensure_running(socket_dir)
        self._socket_dir = socket_dir
        urls = Urls(
            app=self._url(APP, credentials.app),
            migrator=self._url(MIGRATOR, credentials.migrator),
            backup=self._url(BACKUP, credentials.backup),
        )
        if credentials.bootstrapped != _bootstrap_version() or _login_failure(urls.app):
            urls = self._bootstrap(credentials, home, account)
            credentials.bootstrapped = _bootstrap_version()
            credentials.save(control)
        return urls

    def _bootstrap(self, credentials: Credentials, home: Path, account: Account) -> Urls:
        """Make or repair the database and its roles; also after a crash in the middle of it."""
        admin = self._url(SUPERUSER, credentials.superuser, "postgres")
        failure = _login_failure(admin)
        if "password authentication failed" in failure:
            cluster = Cluster(home, account, binaries.for_account(account))
            cluster.stop()
            cluster.reset_superuser(credentials.superuser)
            cluster.ensure_running(Path(credentials.socket_dir))
            failure = _login_failure(admin)
        if failure:
            raise SetupError(f"The embedded database cannot be administered: {failure}")
        try:
            with psycopg.connect(libpq(admin), autocommit=True) as db:
                if not db.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                    db.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
        except psycopg.Error as error:
            raise SetupError(
                f"The database could not be made: {str(error).strip()}",
                hint=f"Check free disk space in {home}.",
            ) from None
        passwords = {"app": credentials.app, "migrator": credentials.migrator, "backup": credentials.backup}
        return bootstrapping.bootstrap(self._url(SUPERUSER, credentials.superuser), passwords=passwords)

    def _leave(self, lease: FileLock) -> None:
        """Drop a lease; stop the server if it was the last. The caller holds the start lock.

        A server that does not answer on our socket is not ours to stop: it was started by hand, or is recovering.
        """
        lease.close()
        control = self.data_dir / "server"
        with FileLock(control / "leases") as leases:
            if not leases.try_exclusive() or self._socket_dir is None or not self._answers():
                return
            home = places.find_home(self.data_dir, control)
            if home is not None:
                account = accounts.of_files(home / "data")
                Cluster(home, account, binaries.for_account(account)).stop()
                with contextlib.suppress(OSError):  # not empty, or already gone; the next start copes with both
                    self._socket_dir.rmdir()

    def _leave_quietly(self, lease: FileLock) -> None:
        """The same where another error is already on its way to the caller."""
        try:
            self._leave(lease)
        except (SetupError, OSError):
            _log.exception("The embedded database server could not be stopped.")

    def _answers(self) -> bool:
        return self._socket_dir is not None and ping(self._socket_dir) == pq.Ping.OK

    def _at_exit(self) -> None:
        try:
            self.release()
        except (SetupError, OSError):
            _log.exception("The embedded database server could not be stopped.")

    def _url(self, user: str, password: str, database: str = DATABASE) -> str:
        query = {"host": str(self._socket_dir)}
        url = URL.create("postgresql+psycopg", user, password, database=database, query=query)
        return url.render_as_string(hide_password=False)


def _not_new(data_dir: Path) -> SetupError:
    return SetupError(f"{data_dir} already holds a database.", hint="Restore into a new, empty EVENTOS_DATA_DIR.")


def client_programs() -> Path:
    """The directory with psql, pg_dump, pg_basebackup… of the embedded server's version."""
    return binaries.directory()


def _login_failure(url: str) -> str:
    """Why a login is refused, without its password; empty when it succeeds."""
    try:
        psycopg.connect(libpq(url), connect_timeout=10).close()
    except psycopg.OperationalError as error:
        return str(error).strip()
    return ""


def _bootstrap_version() -> str:
    """Changes whenever the bootstrap does, so that every installation gets it at its next start."""
    return hashlib.sha256(Path(bootstrapping.__file__).read_bytes()).hexdigest()[:16]
