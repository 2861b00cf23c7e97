"""Files that are either the old or the new, never half."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes, *, mode: int = 0o600, durable: bool = True) -> None:
    """Put `content` at `path` in one step.

    Args:
        durable: whether it must survive a power cut; not needed in a volatile folder.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    making = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    making.replace(path)
    if durable:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
