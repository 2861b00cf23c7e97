"""The mesh ports behind the door."""

import grpc

from qvdc_console.adapters.directory import Directory
from qvdc_rpc.dial import Dialer
from qvdc_rpc.tls import service_name


class MeshOwners:
    """Finds the channel to a service: one connection to each of its copies, used in turn."""

    def __init__(self, directory: Directory, dialer: Dialer) -> None:
        self._directory = directory
        self._dialer = dialer

    async def channel(self, service: str) -> grpc.aio.Channel:
        """Return the channel to `service`.

        Raises:
            OwnerAway: no copy of it is known.
        """
        copies = await self._directory.copies(service)
        return self._dialer.channel(
            sorted(copy.mesh for copy in copies), name=service_name(service)
        )
