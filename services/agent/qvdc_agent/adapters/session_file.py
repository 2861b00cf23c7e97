"""Reads the session state that the guardian writes."""

from pathlib import Path

from qvdc_agent.domain.machine import BootId
from qvdc_agent.domain.session import SessionState
from qvdc_agent.ports import Standing
from qvdc_core.clock import Clock

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SessionFile:
    """Keeps the Guardian's promises from the file in the run folder.

    Args:
        node_uid: used while there is no state yet.
    """

    def __init__(self, path: Path, *, node_uid: str, boot: BootId, clock: Clock) -> None:
        self._path = path
        self._node_uid = node_uid
        self._boot = boot
        self._clock = clock
        self._stamp: tuple[int, int] | None = None
        self._state: SessionState | None = None

    def standing(self) -> Standing:
        """How the host stands now; a file of an earlier life of the host counts as none."""
        self._refresh()
        state = self._state
        if state is None or state.boot_id != self._boot:
            return Standing(self._node_uid, self._boot, live=False, endpoints={})
        services = {each.service for each in state.control_plane}
        return Standing(
            node_uid=state.machine_uuid,
            boot=self._boot,
            live=state.live_at(self._clock.boottime()),
            endpoints={service: state.meshes(service) for service in services},
        )

    def _refresh(self) -> None:
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp == self._stamp:
                return
            self._state, self._stamp = SessionState.from_text(self._path.read_text()), stamp
        except (OSError, ValueError):
            return


def read_boot_id(path: Path = BOOT_ID) -> BootId:
    """The present life of this host."""
    return BootId(path.read_text().strip())
