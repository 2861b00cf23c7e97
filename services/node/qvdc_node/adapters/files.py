"""What installation leaves on disk: one folder per service, for its eyes only."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SECRET_FILE = 0o600
SECRET_FOLDER = 0o700


def write_secret(path: Path, content: str) -> bool:
    """Write `content` for the owner alone, all or nothing; return whether it changed.

    Raises:
        OSError: it cannot be written.
    """
    if path.exists() and path.read_text() == content and path.stat().st_mode & 0o777 == SECRET_FILE:
        return False
    path.parent.mkdir(mode=SECRET_FOLDER, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET_FILE)
    with os.fdopen(opened, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return True


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other installations out of `folder`; made if missing. Ends with the process at last."""
    folder.mkdir(mode=SECRET_FOLDER, parents=True, exist_ok=True)
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def read_environment(path: Path) -> dict[str, str]:
    """Return the settings of an environment file; none if it does not exist."""
    if not path.exists():
        return {}
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in lines if not name.startswith("#")}


def environment_text(settings: Mapping[str, str]) -> str:
    """Return the content of an environment file: NAME=value lines, nothing quoted."""
    return "".join(f"{name}={value}\n" for name, value in settings.items())
