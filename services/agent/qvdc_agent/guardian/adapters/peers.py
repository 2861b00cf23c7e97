"""Speaks with the guardians of other hosts."""

from datetime import timedelta
from typing import Any

import grpc

from quantix.peer.v1 import peer_pb2, peer_pb2_grpc
from qvdc_agent.domain.places import Places
from qvdc_agent.guardian.adapters.calls import call
from qvdc_agent.guardian.adapters.channels import Channels
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
    """Speaks with the guardians of the hosts that this one was told of."""

    def __init__(self, places: Places) -> None:
        self._channels = Channels(places)

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
        await self._channels.close()

    def _channel(self, member: Member) -> grpc.aio.Channel:
        address = f"[{member.address}]" if ":" in member.address else member.address
        return self._channels.to(
            f"{address}:{member.port}",
            server_name=f"{member.uid}.node.quantix.internal",
            options=_OPTIONS,
        )
