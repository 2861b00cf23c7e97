"""quantix.node.v1.JoinTokenService."""

from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.empty_pb2 import Empty

from quantix.node.v1 import join_token_pb2 as pb
from qvdc_core.ids import Name
from qvdc_core.page import PageRequest
from qvdc_node.api.convert import duration, timestamp
from qvdc_node.api.convert_intent import roles_of, roles_to_wire, taints_of, taints_to_wire
from qvdc_node.domain.join_token import JoinToken
from qvdc_node.ports.world import CertificateAuthority
from qvdc_node.usecases.join_token import JoinTokensUseCase, TokenWish
from qvdc_rpc.context import RequestContext
from qvdc_rpc.request_key import request_key

JOIN_TOKEN_SERVICE = pb.DESCRIPTOR.services_by_name["JoinTokenService"]


@dataclass(frozen=True, slots=True)
class _Trust:
    """Where a host finds the control plane, and how it knows that it is the right one."""

    ca_hash: str
    enrol_addresses: tuple[str, ...]


class JoinTokenServicer:
    """Turns the wire into verbs of join tokens and back.

    Args:
        enrol_addresses: tells where hosts enrol; known once the process listens.
    """

    def __init__(
        self,
        tokens: JoinTokensUseCase,
        authority: CertificateAuthority,
        enrol_addresses: Callable[[], tuple[str, ...]],
    ) -> None:
        self._tokens = tokens
        self._authority = authority
        self._enrol_addresses = enrol_addresses

    async def create_join_token(
        self, request: pb.CreateJoinTokenRequest, ctx: RequestContext
    ) -> pb.JoinToken:
        """Make a token and show its secret, once."""
        trust = await self._trust()
        issued = await self._tokens.create(
            _wish(request),
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return _to_wire(issued.token, trust, secret=issued.secret)

    async def get_join_token(
        self, request: pb.GetJoinTokenRequest, _ctx: RequestContext
    ) -> pb.JoinToken:
        """Read one token."""
        token = await self._tokens.get(_name(request.name))
        return _to_wire(token, await self._trust())

    async def list_join_tokens(
        self, request: pb.ListJoinTokensRequest, _ctx: RequestContext
    ) -> pb.ListJoinTokensResponse:
        """Read a page of tokens."""
        page = await self._tokens.page(
            name_prefix=request.name_prefix,
            labels=tuple(sorted(request.labels.items())),
            query=request.query,
            page=PageRequest.of(request.page_size, request.page_token),
        )
        trust = await self._trust()
        return pb.ListJoinTokensResponse(
            join_tokens=[_to_wire(token, trust) for token in page.items],
            next_page_token=page.next_token,
        )

    async def delete_join_token(
        self, request: pb.DeleteJoinTokenRequest, ctx: RequestContext
    ) -> Empty:
        """Revoke a token."""
        await self._tokens.delete(
            _name(request.name),
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return Empty()

    async def _trust(self) -> _Trust:
        return _Trust(await self._authority.root_hash(), self._enrol_addresses())


def _wish(request: pb.CreateJoinTokenRequest) -> TokenWish:
    wire = request.join_token
    return TokenWish(
        id=request.join_token_id,
        display_name=wire.display_name if wire.HasField("display_name") else None,
        description=wire.description if wire.HasField("description") else None,
        labels=dict(wire.labels),
        ttl=wire.ttl.ToTimedelta() if wire.HasField("ttl") else None,
        max_uses=wire.max_uses if wire.HasField("max_uses") else None,
        node_labels=dict(wire.node_labels),
        node=wire.node,
        allowed_range=wire.allowed_range,
        node_taints=taints_of(wire.node_taints),
        node_roles=roles_of(wire.node_roles),
        cluster=wire.cluster,
    )


def _to_wire(token: JoinToken, trust: _Trust, *, secret: str = "") -> pb.JoinToken:
    return pb.JoinToken(
        name=token.name,
        uid=token.uid,
        display_name=token.display_name,
        description=token.description,
        labels=token.labels,
        etag=token.etag,
        generation=token.generation,
        create_time=timestamp(token.create_time),
        update_time=timestamp(token.update_time),
        ttl=duration(token.ttl),
        max_uses=token.max_uses,
        use_count=token.use_count,
        expire_time=timestamp(token.expire_time),
        node_labels=token.node_labels,
        node=token.node,
        allowed_range=token.allowed_range,
        node_taints=taints_to_wire(token.node_taints),
        node_roles=roles_to_wire(token.node_roles),
        cluster=token.cluster,
        secret=secret,
        ca_hash=trust.ca_hash,
        enrol_addresses=trust.enrol_addresses,
    )


def _name(text: str) -> str:
    return str(Name.parse(text, "join-tokens"))
