"""The other services, over the mesh: found by discovery, called with a deadline."""

from datetime import timedelta

import grpc

from qvdc_coord.discovery import Discovery
from qvdc_rpc.dial import Dialer
from qvdc_rpc.tls import service_name

CALL_DEADLINE = timedelta(seconds=5)
"""How long a call to another service may take; it does one transaction there."""


class Mesh:
    """Channels to the copies of each service."""

    def __init__(self, dialer: Dialer, discovery: Discovery) -> None:
        self._dialer = dialer
        self._discovery = discovery

    async def channel(self, service: str) -> grpc.aio.Channel:
        """A channel to any copy of `service`.

        Raises:
            NoEndpoints: none is known.
        """
        endpoints = await self._discovery.resolve(service)
        addresses = sorted(each.mesh for each in endpoints)
        return self._dialer.channel(addresses, name=service_name(service))
