"""Where hosts find the control plane."""

from collections.abc import Sequence
from dataclasses import dataclass

from qvdc_coord.discovery import Discovery, Endpoints

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
        self._known: tuple[tuple[Endpoints, ...], ...] = ()
        self._found: tuple[FoundService, ...] = ()

    def endpoints(self) -> Sequence[FoundService]:
        """Return every known copy of the services that hosts talk to; the same object until one
        comes or goes, since every beat asks."""
        known = tuple(self._discovery.known(service) for service in TALKED_TO)
        if known != self._known:
            self._known = known
            self._found = tuple(
                FoundService(service, copy.mesh, copy.http)
                for service, copies in zip(TALKED_TO, known, strict=True)
                for copy in copies
            )
        return self._found
