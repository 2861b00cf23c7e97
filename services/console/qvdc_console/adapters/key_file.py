"""The file that holds a first secret."""

import os
from pathlib import Path


class PrivateFile:
    """Writes a secret where the file's owner alone reads it; replaced as a whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, text: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            os.fchmod(opened.fileno(), 0o600)
            opened.write(f"{text}\n")
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(self._path)
