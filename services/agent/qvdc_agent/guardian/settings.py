"""The guardian's settings, read once; the standard library alone, to stay small."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qvdc_agent.domain.places import Places

DEFAULT_MESH_PORT = 7443
DEFAULT_PEER_LISTEN = "0.0.0.0:7444"
DEFAULT_WATCHDOG_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be chosen about the guardian of a host.

    Args:
        places: QVDC_AGENT_STATE_DIR (durable: identity and certificate) and QVDC_AGENT_RUN_DIR
            (emptied by a reboot: instance, session, socket).
        advertise_host: QVDC_ADVERTISE_HOST; address that the control plane calls. Empty: the one
            this host uses towards the control plane.
        mesh_port: port of QVDC_MESH_LISTEN, where the agent serves.
        peer_listen: QVDC_PEER_LISTEN; host:port where other hosts ask, with mutual TLS. Port 0 is
            replaced by a free one, which registration tells.
        watchdog: QVDC_AGENT_WATCHDOG; auto (/dev/watchdog if there is one), none, a device's path,
            or unix:PATH of a watchdog that listens on a socket.
        watchdog_seconds: QVDC_AGENT_WATCHDOG_SECONDS; from its last feed to the reset. Shorter
            stands a busy host less, longer ends its feeding earlier: the reset comes by the
            ladder's end in any case.
        log_level: QVDC_LOG_LEVEL; DEBUG, INFO, WARNING or ERROR.
    """

    places: Places
    advertise_host: str = ""
    mesh_port: int = DEFAULT_MESH_PORT
    peer_listen: str = DEFAULT_PEER_LISTEN
    watchdog: str = "auto"
    watchdog_seconds: float = DEFAULT_WATCHDOG_SECONDS
    log_level: str = "INFO"

    @property
    def peer_port(self) -> int:
        """Port where other hosts ask."""
        return int(self.peer_listen.rpartition(":")[2])

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings from environment variables.

        Raises:
            ValueError: an address has no port, or QVDC_AGENT_WATCHDOG_SECONDS is no number.
        """
        listen = environment.get("QVDC_MESH_LISTEN", f"0.0.0.0:{DEFAULT_MESH_PORT}")
        return cls(
            places=Places(
                state=Path(environment.get("QVDC_AGENT_STATE_DIR", "/var/lib/quantix")),
                run=Path(environment.get("QVDC_AGENT_RUN_DIR", "/run/quantix")),
            ),
            advertise_host=environment.get("QVDC_ADVERTISE_HOST", ""),
            mesh_port=int(listen.rpartition(":")[2]),
            peer_listen=_with_port(environment.get("QVDC_PEER_LISTEN", DEFAULT_PEER_LISTEN)),
            watchdog=environment.get("QVDC_AGENT_WATCHDOG", "auto"),
            watchdog_seconds=float(
                environment.get("QVDC_AGENT_WATCHDOG_SECONDS", DEFAULT_WATCHDOG_SECONDS)
            ),
            log_level=environment.get("QVDC_LOG_LEVEL", "INFO"),
        )


def _with_port(listen: str) -> str:
    """The same address, with a free port in place of 0."""
    host, _, port = listen.rpartition(":")
    if int(port):
        return listen
    with socket.socket() as probe:
        probe.bind(("", 0))
        return f"{host}:{probe.getsockname()[1]}"
