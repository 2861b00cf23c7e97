"""Where hosts find the control plane."""

from collections.abc import Sequence
from dataclasses import dataclass

from qvdc_coord.discovery import Discovery

TALKED_TO = ("node", "vm", "image", "network")


@dataclass(frozen=True, slots=True)
class FoundService:
    """The addresses of one copy of a service, host:port each."""

    service: str
    mesh: str
    http: str


class DiscoveredControlPlane:
    """What is announced in etcd, or configured."""

    def __init__(self, discovery: Discovery) -> None:
        self._discovery = discovery

    def endpoints(self) -> Sequence[FoundService]:
        """Return every known copy of the services that hosts talk to."""
        return [
            FoundService(service, copy.mesh, copy.http)
            for service in TALKED_TO
            for copy in self._discovery.known(service)
        ]
