"""The channels by which this host speaks as itself."""

import asyncio
from collections.abc import Sequence
from typing import Any

import grpc

from qvdc_agent.domain.places import Places
from qvdc_agent.guardian.errors import Unanswered

Option = tuple[str, Any]


class Channels:
    """Keeps one channel per server, made anew when this host's certificate changes.

    `quantix-node leave` and `reset-identity` take the certificate away under a guardian that runs:
    a host without one can ask nobody, which is an answer that does not come and nothing worse.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._files = (places.certificate, places.key, places.ca)
        self._channels: dict[tuple[str, str], grpc.aio.Channel] = {}
        self._stamp: tuple[int, ...] = ()

    def to(self, address: str, *, server_name: str, options: Sequence[Option]) -> grpc.aio.Channel:
        """The channel to a server that proves to be `server_name`.

        Raises:
            Unanswered: this host has no certificate now, so there is nobody that it can ask.
        """
        try:
            return self._to(address, server_name, options)
        except FileNotFoundError as missing:
            raise _without(missing) from missing

    def enrolling(
        self, address: str, *, server_name: str, options: Sequence[Option]
    ) -> grpc.aio.Channel:
        """A channel of its own to a server that asks for no certificate; close it after use.

        Raises:
            Unanswered: this host does not have the control plane's root now.
        """
        try:
            credentials = grpc.ssl_channel_credentials(self._places.ca.read_bytes())
        except FileNotFoundError as missing:
            raise _without(missing) from missing
        return grpc.aio.secure_channel(address, credentials, _named(server_name, options))

    async def close(self) -> None:
        """Close every channel."""
        channels, self._channels = list(self._channels.values()), {}
        await asyncio.gather(*(channel.close() for channel in channels))

    def _to(self, address: str, server_name: str, options: Sequence[Option]) -> grpc.aio.Channel:
        stamp = tuple(path.stat().st_mtime_ns for path in self._files)
        if stamp != self._stamp:
            self._channels, self._stamp = {}, stamp
        server = (address, server_name)
        if server not in self._channels:
            certificate, key, ca = (path.read_bytes() for path in self._files)
            credentials = grpc.ssl_channel_credentials(ca, key, certificate)
            self._channels[server] = grpc.aio.secure_channel(
                address, credentials, _named(server_name, options)
            )
        return self._channels[server]


def _named(server_name: str, options: Sequence[Option]) -> list[Option]:
    return [("grpc.ssl_target_name_override", server_name), *options]


def _without(missing: FileNotFoundError) -> Unanswered:
    return Unanswered(f"this host cannot prove who it is: {missing.filename} is not there")
