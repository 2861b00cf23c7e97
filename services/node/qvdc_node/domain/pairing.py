"""Taking in hosts that show a pairing code (JN-2)."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from qvdc_core.errors import InvalidField, Kind, Refusal
from qvdc_node.domain.node import NodeUid

DEFAULT_PORT = 7445
TOKEN_LIFE = timedelta(minutes=10)
"""How long a configured host may take to register."""
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]/\s]+)(?::(\d{1,5}))?")
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a host that pairs is called, and by what it is let in.

    Args:
        address: host:port.
        code: as the host shows it.
        fingerprint: SHA-256 of its certificate as a person compared it, lower-case hex; "" before.
    """

    address: str
    code: str
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveredHost:
    """What a host tells of itself.

    Args:
        node: what it is elsewhere, "" for nothing.
        protocol_lowest, protocol_highest: that it speaks.
        description: all that it said, in the contract's bytes, to be shown and never stored.
    """

    uid: NodeUid
    hostname: str
    node: str
    protocol_lowest: int
    protocol_highest: int
    description: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a host is given: where to register, whom to trust, and its own token's secret."""

    servers: tuple[str, ...]
    root_pem: str
    secret: str
    node_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """A host that was invited and has not registered yet; `token` is the name of its token."""

    node_uid: NodeUid
    node: str
    operation: str
    token: str
    create_time: datetime

    def late(self, now: datetime) -> bool:
        """Whether its time to register is over."""
        return now - self.create_time > TOKEN_LIFE


def spot_of(address: str, code: str, fingerprint: str) -> Spot:
    """Read where a host is called.

    Raises:
        InvalidField: the address or the fingerprint makes no sense.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None or int(found[2] or DEFAULT_PORT) > 65535:
        raise InvalidField("address", "is not host or host:port")
    plain = fingerprint.lower().replace(":", "")
    if plain and not _HEX.fullmatch(plain):
        raise InvalidField("fingerprint", "is not the 64 hex digits of a SHA-256")
    return Spot(address=f"{found[1]}:{found[2] or DEFAULT_PORT}", code=code, fingerprint=plain)


class Unreachable(Refusal):
    """Nobody listens at the host's address."""

    kind = Kind.PRECONDITION
    reason = "UNREACHABLE"

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"{address} cannot be reached: {why}", address=address)


class NoAnswer(Refusal):
    """The host did not answer in time."""

    kind = Kind.DEADLINE
    reason = "TIMEOUT"

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} did not answer in time.", address=address)


class TlsUntrusted(Refusal):
    """The host's certificate was not confirmed, or is another one."""

    kind = Kind.PRECONDITION
    reason = "TLS_UNTRUSTED"

    def __init__(self, address: str, fingerprint: str) -> None:
        super().__init__(
            f"The certificate of {address} has the fingerprint {fingerprint}: compare it with what"
            " the host shows, and send it along.",
            address=address,
            fingerprint=fingerprint,
        )


class NotAnAgent(Refusal):
    """Something else answers at the address."""

    kind = Kind.PRECONDITION
    reason = "NOT_AN_AGENT"

    def __init__(self, address: str) -> None:
        super().__init__(
            f"What answers at {address} is no host that pairs: run quantix-node pair there.",
            address=address,
        )


class AlreadyJoined(Refusal):
    """The host belongs to a control plane."""

    kind = Kind.PRECONDITION
    reason = "ALREADY_JOINED"

    def __init__(self, node: str) -> None:
        super().__init__(f"The host is {node} already: have it leave first.", node=node)


class NodeIdTaken(Refusal):
    """Another host has the id."""

    kind = Kind.EXISTS
    reason = "ALREADY_EXISTS"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is another host.", name=name)


class EnrolmentClosed(Refusal):
    """This copy has no port for hosts without a certificate."""

    kind = Kind.PRECONDITION
    reason = "ENROLMENT_CLOSED"

    def __init__(self) -> None:
        super().__init__("No port for hosts without a certificate is open: set QVDC_ENROL_LISTEN.")


class JoinTimedOut(Refusal):
    """The host did not register in its time."""

    kind = Kind.DEADLINE
    reason = "JOIN_TIMED_OUT"

    def __init__(self, node: str) -> None:
        within = int(TOKEN_LIFE.total_seconds())
        super().__init__(
            f"The host that shall be {node} did not register within {within} s:"
            " see quantix-node status there.",
            node=node,
            within_seconds=within,
        )
