"""Join tokens: made, shown once, listed, revoked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.event import Change
from qvdc_core.ids import check_id
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey
from qvdc_node.domain.events import token_event
from qvdc_node.domain.join_token import (
    DEFAULT_MAX_USES,
    DEFAULT_TTL,
    JoinToken,
    hash_secret,
)
from qvdc_node.domain.node import Role
from qvdc_node.domain.taint import Taint
from qvdc_node.ports.rows import UnitsOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenWish:
    """What is asked of a new token; "" and None leave the choice to the service."""

    id: str = ""
    display_name: str | None = None
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    ttl: timedelta | None = None
    max_uses: int | None = None
    node_labels: Mapping[str, str] = field(default_factory=dict)
    node: str = ""
    allowed_range: str = ""
    node_taints: tuple[Taint, ...] = ()
    node_roles: tuple[Role, ...] = ()
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token with its secret; "" in the answer to a repeat: it was given."""

    token: JoinToken
    secret: str


class JoinTokensUseCase:
    """The verbs of join tokens."""

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        clock: Clock,
        *,
        new_id: Callable[[], str],
        new_secret: Callable[[], str],
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._new_id = new_id
        self._new_secret = new_secret

    async def create(
        self, wish: TokenWish, *, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> IssuedToken:
        """Make a token; its secret is in this answer and nowhere else.

        Raises:
            InvalidField: the id cannot be one.
            TokenNameTaken: the id is taken.
            IdempotencyKeyReused: the request id came with another wish.
        """
        secret = self._new_secret()
        token = self._token(wish, secret, actor)
        async with self._unit_of_work() as work:
            if (first := await work.requests.recall(key, JoinToken)) is not None:
                return IssuedToken(first, "")
            await work.join_tokens.add(token)
            if validate_only:
                return IssuedToken(token, "")
            await work.events.append(
                token_event(token, "JoinTokenCreated", Change.CHANGED, actor.subject)
            )
            await work.requests.remember(key, token)
            await work.commit()
        return IssuedToken(token, secret)

    async def get(self, name: str) -> JoinToken:
        """Return a token.

        Raises:
            NotFound: there is none.
        """
        async with self._unit_of_work() as work:
            return await work.join_tokens.get(name)

    async def page(
        self,
        *,
        name_prefix: str,
        labels: tuple[tuple[str, str], ...],
        query: str,
        page: PageRequest,
    ) -> Page[JoinToken]:
        """Return a page of tokens by id."""
        async with self._unit_of_work() as work:
            return await work.join_tokens.page(
                name_prefix=name_prefix, labels=labels, query=query, page=page
            )

    async def delete(
        self, name: str, *, etag: str, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> None:
        """Revoke a token; hosts that joined with it stay.

        Raises:
            NotFound: there is none.
            EtagMismatch: somebody was faster.
        """
        async with self._unit_of_work() as work:
            if await work.requests.repeated(key):
                return
            token = await work.join_tokens.get(name)
            token.require(etag)
            if validate_only:
                return
            await work.join_tokens.remove(token)
            await work.events.append(
                token_event(token, "JoinTokenRevoked", Change.DELETED, actor.subject)
            )
            await work.commit()

    def _token(self, wish: TokenWish, secret: str, actor: Actor) -> JoinToken:
        now, uid = self._clock.now(), self._new_id()
        ttl = wish.ttl or DEFAULT_TTL
        return JoinToken(
            uid=uid,
            id=check_id(wish.id, field="join_token_id") if wish.id else f"token-{uid[:8]}",
            secret_hash=hash_secret(secret),
            ttl=ttl,
            expire_time=now + ttl,
            max_uses=wish.max_uses or DEFAULT_MAX_USES,
            use_count=0,
            create_time=now,
            update_time=now,
            changed_by=actor.subject,
            display_name=wish.display_name,
            description=wish.description,
            labels=dict(wish.labels),
            node_labels=dict(wish.node_labels),
            node=wish.node,
            allowed_range=wish.allowed_range,
            node_taints=wish.node_taints,
            node_roles=wish.node_roles,
            cluster=wish.cluster,
        )
