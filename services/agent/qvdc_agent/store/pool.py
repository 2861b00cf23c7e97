"""What this host keeps of its pools, in one file that is replaced whole."""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from qvdc_agent.domain.pool import PoolMemory, PoolUid
from qvdc_obs.logs import get_logger

log = get_logger(__name__)


class FilePoolBook:
    """Keeps the PoolBook's promises."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Mapping[PoolUid, PoolMemory]:
        """All that is kept; nothing where there is no file.

        Raises:
            ValueError: the file was damaged: what was seen once must not be forgotten silently.
        """
        try:
            text = self._path.read_text()
        except FileNotFoundError:
            return {}
        try:
            found = json.loads(text)
            return {PoolUid(uid): PoolMemory(**kept) for uid, kept in found["pools"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{self._path} cannot be read: {error}") from error

    async def write(self, memories: Mapping[PoolUid, PoolMemory]) -> None:
        """Keep exactly these."""
        text = json.dumps({"pools": {uid: asdict(kept) for uid, kept in memories.items()}})
        await asyncio.to_thread(_write, self._path, text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_suffix(".making")
    with making.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    making.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
