"""Reads the storage pools that the guardian was told."""

from pathlib import Path

from qvdc_agent.domain.assigned_pools import AssignedPools
from qvdc_obs.logs import get_logger

log = get_logger(__name__)


class AssignedPoolsFile:
    """Keeps the Assignments' promises from the guardian's file; an older list is never taken."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._held = AssignedPools()

    def read(self) -> AssignedPools:
        """The newest list."""
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp != self._stamp:
                found = AssignedPools.from_text(self._path.read_text())
                self._stamp = stamp
                if found.newer_than(self._held):
                    self._held = found
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            log.warning("pools.assignments_unreadable", why=str(error))
        return self._held
