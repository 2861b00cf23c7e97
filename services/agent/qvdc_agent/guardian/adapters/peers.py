"""Speaks with the guardians of other hosts."""

import asyncio
from datetime import timedelta
from typing import Any

import grpc

from quantix.peer.v1 import peer_pb2, peer_pb2_grpc
from qvdc_agent.domain.places import Places
from qvdc_agent.guardian.adapters.calls import call
from qvdc_agent.guardian.domain.members import Member

ASK_DEADLINE = timedelta(seconds=2.5)
"""The other host tries its own renewal for a second first."""
_OPTIONS: list[tuple[str, Any]] = [
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 0),
]


class Peers:
    """Keeps one channel per host, made anew when this host's certificate changes."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._channels: dict[Member, grpc.aio.Channel] = {}
        self._stamp: tuple[int, ...] = ()

    async def can_renew(self, member: Member, member_set_version: int) -> bool:
        """Ask `member` whether it can renew.

        Raises:
            Unanswered: it does not answer.
            Refused: it does not answer to us.
        """
        stub = peer_pb2_grpc.PeerServiceStub(self._channel(member))
        request = peer_pb2.AskRenewalRequest(member_set_version=member_set_version)
        answer = await call(stub.AskRenewal, request, ASK_DEADLINE)
        return bool(answer.answer != peer_pb2.AskRenewalResponse.ANSWER_NO)

    async def close(self) -> None:
        """Close every channel."""
        channels, self._channels = list(self._channels.values()), {}
        await asyncio.gather(*(channel.close() for channel in channels))

    def _channel(self, member: Member) -> grpc.aio.Channel:
        files = (self._places.certificate, self._places.key, self._places.ca)
        stamp = tuple(path.stat().st_mtime_ns for path in files)
        if stamp != self._stamp:
            self._channels, self._stamp = {}, stamp
        if member not in self._channels:
            certificate, key, ca = (path.read_bytes() for path in files)
            credentials = grpc.ssl_channel_credentials(ca, key, certificate)
            name = f"{member.uid}.node.quantix.internal"
            options = [("grpc.ssl_target_name_override", name), *_OPTIONS]
            address = f"[{member.address}]" if ":" in member.address else member.address
            self._channels[member] = grpc.aio.secure_channel(
                f"{address}:{member.port}", credentials, options
            )
        return self._channels[member]
