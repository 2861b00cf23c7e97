"""Taking in hosts from the console (JN-2): look, confirm, invite; they register by themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.errors import NotFound, Refusal
from qvdc_core.event import Change
from qvdc_core.operation import Operation, OperationFailure
from qvdc_core.request import RequestKey
from qvdc_node.domain.events import token_event
from qvdc_node.domain.join_token import JoinToken, hash_secret
from qvdc_node.domain.node import Node
from qvdc_node.domain.pairing import (
    TOKEN_LIFE,
    AlreadyJoined,
    DiscoveredHost,
    EnrolmentClosed,
    Invitation,
    NodeIdTaken,
    Pairing,
    Spot,
)
from qvdc_node.domain.registration import check_range, free_ids
from qvdc_node.ports.hosts import StrangeHosts
from qvdc_node.ports.rows import UnitOfWork, UnitsOfWork
from qvdc_node.ports.world import CertificateAuthority


@dataclass(frozen=True, slots=True)
class Discovered:
    """A host that may join, and the node that it is known as here, if any."""

    host: DiscoveredHost
    known: Node | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a host shall be; "" leaves the choice to the service."""

    node_id: str = ""
    cluster: str = ""


class PairingUseCase:
    """The verbs of pairing. Both reach the host before they answer.

    Args:
        servers: host:port of the ports where hosts register; empty while none is open.
    """

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        hosts: StrangeHosts,
        authority: CertificateAuthority,
        clock: Clock,
        *,
        servers: Callable[[], Sequence[str]],
        new_id: Callable[[], str],
        new_secret: Callable[[], str],
    ) -> None:
        self._unit_of_work = unit_of_work
        self._hosts = hosts
        self._authority = authority
        self._clock = clock
        self._servers = servers
        self._new_id = new_id
        self._new_secret = new_secret

    async def discover(self, spot: Spot) -> Discovered:
        """Look at a host; changes nothing.

        Raises:
            Unreachable, NoAnswer, TlsUntrusted, NotAnAgent: it was not asked.
            Refusal: what the host says of the code.
            VersionUnsupported, AlreadyJoined: it cannot join.
        """
        host = await self._hosts.describe(spot)
        check_range(host.protocol_lowest, host.protocol_highest)
        if host.node:
            raise AlreadyJoined(host.node)
        async with self._unit_of_work() as work:
            known = await work.nodes.some([host.uid])
        return Discovered(host, known[0] if known else None)

    async def join(
        self, spot: Spot, wish: Wish, *, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> Operation:
        """Invite a host: a token for it alone, then its configuration.

        Raises:
            EnrolmentClosed: hosts without a certificate cannot register at this copy.
            NodeIdTaken: another host has the id.
            Refusal: as `discover`; nothing was changed, or the operation says what failed.
        """
        servers = tuple(self._servers())
        if not servers:
            raise EnrolmentClosed
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, Operation)) is not None:
                return first
        found = await self.discover(spot)
        secret, root_pem = self._new_secret(), await self._authority.root_pem()
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, Operation)) is not None:
                return first
            node_id = await self._node_id(work, found, wish)
            token = self._token(node_id, found.host, wish, secret, actor)
            operation = await work.operations.start(
                "join",
                target=f"nodes/{node_id}",
                target_uid=found.host.uid,
                requester=actor.subject,
                stage="inviting",
            )
            if validate_only:
                return operation
            pairing = Pairing(
                node_uid=found.host.uid,
                node=f"nodes/{node_id}",
                operation=operation.id,
                token=token.name,
                create_time=self._clock.now(),
            )
            await work.join_tokens.add(token)
            created = token_event(token, "JoinTokenCreated", Change.CHANGED, actor.subject)
            await work.events.append(created)
            if (before := await work.pairings.put(pairing)) is not None:
                await failed(work, before, None)
            await work.requests.remember(key, operation)
            await work.commit()
        invitation = Invitation(servers=servers, root_pem=root_pem, secret=secret, node_id=node_id)
        return await self._invite(spot, pairing, invitation)

    async def _invite(self, spot: Spot, pairing: Pairing, invitation: Invitation) -> Operation:
        try:
            await self._hosts.configure(spot, invitation)
        except Refusal as refusal:
            async with self._unit_of_work() as work:
                await failed(work, pairing, refusal)
                await work.pairings.remove(pairing)
                await work.commit()
            raise
        async with self._unit_of_work() as work:
            operation = await work.operations.advance(pairing.operation, stage="registering")
            await work.commit()
        return operation

    async def _node_id(self, work: UnitOfWork, found: Discovered, wish: Wish) -> str:
        if found.known is not None:
            return found.known.id
        wanted, otherwise = free_ids(wish.node_id, found.host.hostname, found.host.uid)
        if not await work.nodes.named([f"nodes/{wanted}"]):
            return wanted
        if wish.node_id:
            raise NodeIdTaken(f"nodes/{wanted}")
        return otherwise

    def _token(
        self, node_id: str, host: DiscoveredHost, wish: Wish, secret: str, actor: Actor
    ) -> JoinToken:
        now, uid = self._clock.now(), self._new_id()
        return JoinToken(
            uid=uid,
            id=f"pairing-{uid[:8]}",
            secret_hash=hash_secret(secret),
            ttl=TOKEN_LIFE,
            expire_time=now + TOKEN_LIFE,
            max_uses=1,
            use_count=0,
            create_time=now,
            update_time=now,
            changed_by=actor.subject,
            description=f"Made to take in {host.hostname} ({host.uid}).",
            node=f"nodes/{node_id}",
            cluster=wish.cluster,
        )


async def failed(work: UnitOfWork, pairing: Pairing, refusal: Refusal | None) -> None:
    """End the operation of `pairing` badly, as cancelled without a refusal; revoke its token."""
    operation = await work.operations.get(pairing.operation)
    if operation.state.live and refusal is None:
        await work.operations.cancelled(pairing.operation)
    elif operation.state.live and refusal is not None:
        await work.operations.fail(pairing.operation, OperationFailure.of(refusal))
    try:
        token = await work.join_tokens.get(pairing.token)
    except NotFound:
        return
    await work.join_tokens.remove(token)
    await work.events.append(token_event(token, "JoinTokenRevoked", Change.DELETED, "service/node"))
