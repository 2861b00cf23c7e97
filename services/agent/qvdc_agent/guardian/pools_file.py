"""The storage pools of this host, kept for the agent: durable before a beat says that they are."""

from pathlib import Path

from qvdc_agent.domain.assigned_pools import AssignedPools
from qvdc_agent.guardian.files import write_whole
from qvdc_obs.logs import get_logger

log = get_logger(__name__)


class PoolsFile:
    """Keeps the newest list of pools that was told."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.held = self._read()

    def told(self, pools: AssignedPools) -> bool:
        """Keep `pools` if they are newer than what is held; return whether they were."""
        if not pools.newer_than(self.held):
            return False
        try:
            write_whole(self._path, pools.to_text().encode(), mode=0o644)
        except OSError as error:
            # A full disk must not end the guardian: what is not held is told again.
            log.warning("pools.not_kept", why=str(error))
            return False
        self.held = pools
        return True

    def _read(self) -> AssignedPools:
        try:
            return AssignedPools.from_text(self._path.read_text())
        except (OSError, ValueError):
            return AssignedPools()
