"""The guardian's settings, read once; the standard library alone, to stay small."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qvdc_agent.domain.places import Places

DEFAULT_MESH_PORT = 7443


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be chosen about the guardian of a host.

    Args:
        places: QVDC_AGENT_STATE_DIR (durable: identity and certificate) and QVDC_AGENT_RUN_DIR
            (emptied by a reboot: instance, session, socket).
        advertise_host: QVDC_ADVERTISE_HOST; address that the control plane calls. Empty: the one
            this host uses towards the control plane.
        mesh_port: port of QVDC_MESH_LISTEN, where the agent serves.
        log_level: QVDC_LOG_LEVEL; DEBUG, INFO, WARNING or ERROR.
    """

    places: Places
    advertise_host: str = ""
    mesh_port: int = DEFAULT_MESH_PORT
    log_level: str = "INFO"

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings from environment variables.

        Raises:
            ValueError: QVDC_MESH_LISTEN has no port.
        """
        listen = environment.get("QVDC_MESH_LISTEN", f"0.0.0.0:{DEFAULT_MESH_PORT}")
        return cls(
            places=Places(
                state=Path(environment.get("QVDC_AGENT_STATE_DIR", "/var/lib/quantix")),
                run=Path(environment.get("QVDC_AGENT_RUN_DIR", "/run/quantix")),
            ),
            advertise_host=environment.get("QVDC_ADVERTISE_HOST", ""),
            mesh_port=int(listen.rpartition(":")[2]),
            log_level=environment.get("QVDC_LOG_LEVEL", "INFO"),
        )
