"""Calls that the door makes itself, for a caller, to the services behind it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

import grpc

from qvdc_console.api.grpc_door import MeshOwners
from qvdc_console.domain.refusals import OwnerAway
from qvdc_console.ports import Signer
from qvdc_obs.logs import get_logger
from qvdc_rpc.context import RequestContext
from qvdc_rpc.dial import call
from qvdc_rpc.status import RemoteRefusal

log = get_logger(__name__)

UNREACHABLE_HEADER = "x-quantix-unreachable"

_Reply = TypeVar("_Reply")


class Census(Protocol):
    """Tells which services exist."""

    def count(self, service: str) -> int:
        """How many copies are known now."""
        ...


class Behind:
    """The services behind the door that keep operations and events."""

    def __init__(
        self, owners: MeshOwners, signer: Signer, census: Census, names: Sequence[str]
    ) -> None:
        self._owners = owners
        self._signer = signer
        self._census = census
        self.names = tuple(names)

    def known(self) -> list[str]:
        """The services of which a copy is known now."""
        return [name for name in self.names if self._census.count(name)]

    async def channel(self, service: str) -> grpc.aio.Channel:
        """The channel to `service`; OwnerAway when no copy is known."""
        return await self._owners.channel(service)

    def assertion(self, service: str, ctx: RequestContext) -> str:
        """The door's word for the caller, for `service`."""
        return self._signer.sign(
            subject=ctx.caller.subject, audience=service, permissions=ctx.caller.permissions
        )

    async def ask(
        self,
        service: str,
        method: Callable[[grpc.aio.Channel], Callable[..., Any]],
        request: object,
        ctx: RequestContext,
    ) -> Any:
        """Make one unary call to `service` in the caller's name.

        Raises:
            OwnerAway, RemoteRefusal: whatever else than an answer came of it.
        """
        return await call(
            method(await self.channel(service)),
            request,
            timeout=ctx.remaining(),
            request_id=ctx.request_id,
            assertion=self.assertion(service, ctx),
        )


async def ask_all(
    services: Sequence[str],
    ask: Callable[[str], Awaitable[_Reply]],
    ctx: RequestContext,
) -> dict[str, _Reply]:
    """Ask several services at once; those that do not answer are named in a response header.

    Raises:
        RemoteRefusal: one refused for another reason than being away.
        OwnerAway: none answered.
    """
    replies = await asyncio.gather(*(ask(name) for name in services), return_exceptions=True)
    found: dict[str, _Reply] = {}
    away: list[str] = []
    for name, reply in zip(services, replies, strict=True):
        if isinstance(reply, OwnerAway) or (isinstance(reply, RemoteRefusal) and reply.transient):
            away.append(name)
        elif isinstance(reply, BaseException):
            raise reply
        else:
            found[name] = reply
    if away:
        log.warning("joined.unreachable", services=away)
        ctx.response_headers[UNREACHABLE_HEADER] = ",".join(away)
    if away and not found:
        raise OwnerAway(away[0])
    return found
