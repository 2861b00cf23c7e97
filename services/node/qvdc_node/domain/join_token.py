"""The right for some hosts to join for some time (JN-1)."""

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from qvdc_core.errors import EtagMismatch, Kind, Refusal
from qvdc_node.domain.node import Intent, Role
from qvdc_node.domain.taint import Taint

DEFAULT_TTL = timedelta(hours=1)
DEFAULT_MAX_USES = 1
SCHEME = "qj1_"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinToken:
    """A token without its secret, of which only a hash is kept.

    Args:
        node_labels, node_taints, node_roles: given to each node that joins with it.
        node: name of the one node it is for, "" for any.
        allowed_range: where hosts must call from, such as 10.0.0.0/24; "" for anywhere.
        cluster: name of the cluster that each new node enters, "" for none.
    """

    uid: str
    id: str
    secret_hash: str
    ttl: timedelta
    expire_time: datetime
    max_uses: int
    use_count: int
    create_time: datetime
    update_time: datetime
    changed_by: str
    generation: int = 1
    display_name: str | None = None
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    node_labels: Mapping[str, str] = field(default_factory=dict)
    node: str = ""
    allowed_range: str = ""
    node_taints: tuple[Taint, ...] = ()
    node_roles: tuple[Role, ...] = ()
    cluster: str = ""

    @property
    def first_intent(self) -> Intent:
        """What is wanted of a node that joins with it."""
        return Intent(labels=dict(self.node_labels), taints=self.node_taints, roles=self.node_roles)

    @property
    def name(self) -> str:
        """`join-tokens/<id>`."""
        return f"join-tokens/{self.id}"

    @property
    def node_id(self) -> str:
        """Id of the one node it is for, "" for any."""
        return self.node.partition("/")[2]

    @property
    def etag(self) -> str:
        """Tells re-creations and changes apart."""
        return f"{self.uid[:8]}-{self.generation}"

    def require(self, etag: str) -> None:
        """Return if `etag` is empty or current.

        Raises:
            EtagMismatch: somebody was faster.
        """
        if etag and etag != self.etag:
            raise EtagMismatch(
                self.name, changed_by=self.changed_by, change_time=self.update_time.isoformat()
            )

    def admit(self, *, used_before: bool, now: datetime) -> None:
        """Return if a host may join with it now; one that did so before may always repeat.

        Raises:
            TokenExpired, TokenExhausted: it may not.
        """
        if used_before:
            return
        if now >= self.expire_time:
            raise TokenExpired(self.expire_time)
        if self.use_count >= self.max_uses:
            raise TokenExhausted(self.max_uses)

    def check_caller(self, address: str) -> None:
        """Return if a host may use it from `address`, an IP address.

        Raises:
            TokenInvalid: it is for hosts elsewhere.
        """
        if self.allowed_range and not _within(address, self.allowed_range):
            raise TokenInvalid(allowed_range=self.allowed_range, address=address)

    def check_node(self, name: str) -> None:
        """Return if the node `name` may use it.

        Raises:
            TokenInvalid: it is for another node.
        """
        if self.node and self.node != name:
            raise TokenInvalid(node=self.node)


@dataclass(frozen=True, slots=True)
class Spent:
    """A token that admitted a host; `first` unless the host repeats itself."""

    token: JoinToken
    first: bool


def _within(address: str, allowed_range: str) -> bool:
    try:
        caller = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(caller, ipaddress.IPv6Address) and caller.ipv4_mapped is not None:
        caller = caller.ipv4_mapped
    return caller in ipaddress.ip_network(allowed_range, strict=False)


def hash_secret(secret: str) -> str:
    """Return what is kept of a secret. Secrets are random and long, so one round does."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same_hash(one: str, other: str) -> bool:
    """Return whether two hashes are equal, in constant time."""
    return hmac.compare_digest(one, other)


class TokenInvalid(Refusal):
    """The join token is not known, or there is none."""

    kind = Kind.UNAUTHENTICATED
    reason = "TOKEN_INVALID"

    def __init__(
        self,
        *,
        node: str | None = None,
        allowed_range: str | None = None,
        address: str | None = None,
    ) -> None:
        why = f" This one is for {node}." if node else ""
        if allowed_range:
            why = f" This one is for hosts in {allowed_range}, not for {address}."
        super().__init__(
            f"A valid join token is needed.{why}",
            node=node,
            allowed_range=allowed_range,
            address=address,
        )


class TokenExpired(Refusal):
    """The join token's time is over."""

    kind = Kind.UNAUTHENTICATED
    reason = "TOKEN_EXPIRED"

    def __init__(self, expire_time: datetime) -> None:
        super().__init__(
            f"The join token ended at {expire_time.isoformat()}.",
            expire_time=expire_time.isoformat(),
        )


class TokenExhausted(Refusal):
    """The join token was used as often as it may be."""

    kind = Kind.UNAUTHENTICATED
    reason = "TOKEN_EXHAUSTED"

    def __init__(self, max_uses: int) -> None:
        super().__init__(f"The join token was used {max_uses} times.", max_uses=max_uses)


class TokenNameTaken(Refusal):
    """A token of this id exists."""

    kind = Kind.EXISTS
    reason = "ALREADY_EXISTS"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} exists already.", name=name)
