"""Registration: what a host asks for and what becomes of it (RG-1 to RG-9)."""

import re
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import Enum

from qvdc_core.errors import InvalidField, Kind, Refusal
from qvdc_core.ids import check_id
from qvdc_node.domain.confession import Living
from qvdc_node.domain.node import Node, NodeUid, Observed

PROTOCOL_LOWEST = 1
PROTOCOL_HIGHEST = 1
_NOT_REPORTED = frozenset({"conditions", "usage", "boot_id", "instance"})


class Outcome(Enum):
    """What registration found."""

    CREATED = "CREATED"
    RECONNECTED = "RECONNECTED"
    RECONNECTED_CHANGED = "RECONNECTED_CHANGED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """All that a host says when it joins or returns.

    Args:
        wanted_id: the id it asks for, "" for one of its host name.
        wanted_cluster: name of the cluster that its token puts a new node into, "" for none.
        living: protected machines that live on it now.
        address: where the call comes from, as the connection shows.
    """

    uid: NodeUid
    observed: Observed
    wanted_id: str = ""
    wanted_cluster: str = ""
    join_token: str = ""
    signing_request_pem: str = ""
    address: str = ""
    living: tuple[Living, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A host's certificate; `pem` is the leaf, then the intermediate."""

    pem: str
    expire_time: datetime
    key_fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What the upsert left; `before` is None for a new node."""

    node: Node
    before: Node | None

    @property
    def changed_fields(self) -> tuple[str, ...]:
        """Names of the observed fields that are not as they were."""
        if self.before is None:
            return ()
        old, new = _lasting(self.before.observed), _lasting(self.node.observed)
        names = (field.name for field in fields(Observed) if field.name not in _NOT_REPORTED)
        return tuple(name for name in names if getattr(old, name) != getattr(new, name))

    @property
    def outcome(self) -> Outcome:
        """What registration found."""
        if self.before is None:
            return Outcome.CREATED
        return Outcome.RECONNECTED_CHANGED if self.changed_fields else Outcome.RECONNECTED


def _lasting(observed: Observed) -> Observed:
    return replace(observed, inventory=observed.inventory.lasting)


def check_protocol(observed: Observed) -> None:
    """Return if host and control plane share a protocol version.

    Raises:
        VersionUnsupported: they do not.
    """
    check_range(observed.system.protocol_lowest, observed.system.protocol_highest)


def check_range(lowest: int, highest: int) -> None:
    """Return if a host that speaks these and control plane share a protocol version.

    Raises:
        VersionUnsupported: they do not.
    """
    if lowest > PROTOCOL_HIGHEST or highest < PROTOCOL_LOWEST:
        raise VersionUnsupported(lowest, highest)


def check_caller(uid: str, caller: str) -> None:
    """Return if a certificate of `caller`, "" for none, may speak for the host `uid`.

    Raises:
        IdentityMismatch: one host never speaks for another.
    """
    if caller and caller != uid:
        raise IdentityMismatch(uid)


def candidate_ids(registration: Registration) -> tuple[str, str]:
    """Return the id a new node should have, and the one it gets if that is another's."""
    return free_ids(registration.wanted_id, registration.observed.hostname, registration.uid)


def free_ids(wanted_id: str, hostname: str, uid: str) -> tuple[str, str]:
    """Return the id that a host should have, and the one it gets if that is another's.

    Args:
        wanted_id: "" for one of its host name.
    """
    label = wanted_id or hostname.partition(".")[0]
    label = re.sub(r"[^a-z0-9-]", "-", label.lower()).strip("-")[:58].rstrip("-")
    digits = uid.replace("-", "")
    try:
        first = check_id(label)
    except InvalidField:
        first = f"node-{digits[:8]}"
    return first, f"{first[:54].rstrip('-')}-{digits[:8]}"


class VersionUnsupported(Refusal):
    """The host speaks a protocol that this release does not."""

    kind = Kind.PRECONDITION
    reason = "VERSION_UNSUPPORTED"

    def __init__(self, lowest: int, highest: int) -> None:
        super().__init__(
            f"The host speaks protocol {lowest} to {highest}, this release"
            f" {PROTOCOL_LOWEST} to {PROTOCOL_HIGHEST}.",
            offered=f"{lowest}-{highest}",
            lowest=PROTOCOL_LOWEST,
            highest=PROTOCOL_HIGHEST,
        )


class IdentityMismatch(Refusal):
    """The certificate or key is not that of this host."""

    kind = Kind.DENIED
    reason = "IDENTITY_MISMATCH"

    def __init__(self, uid: str) -> None:
        super().__init__(f"The caller did not prove to be host {uid}.", machine_uuid=uid)


class CertificateExpired(Refusal):
    """The host's certificate has ended."""

    kind = Kind.UNAUTHENTICATED
    reason = "CERTIFICATE_EXPIRED"

    def __init__(self, uid: str, expire_time: datetime) -> None:
        super().__init__(
            f"The certificate of host {uid} ended at {expire_time.isoformat()}: join it again.",
            machine_uuid=uid,
            expire_time=expire_time.isoformat(),
        )


class CertificateForeign(Refusal):
    """The host's certificate is of another authority."""

    kind = Kind.UNAUTHENTICATED
    reason = "CERTIFICATE_FOREIGN"

    def __init__(self, uid: str) -> None:
        super().__init__(
            f"The certificate of host {uid} was not signed by this site.", machine_uuid=uid
        )


class CloneDetected(Refusal):
    """Another boot with this uuid is alive."""

    kind = Kind.PRECONDITION
    reason = "NODE_CLONE_DETECTED"

    def __init__(self, uid: str) -> None:
        super().__init__(f"Another boot of host {uid} is alive.", machine_uuid=uid)


class HardwareUnrecognised(Refusal):
    """A known identity came back on other hardware without an admin's word."""

    kind = Kind.PRECONDITION
    reason = "HARDWARE_UNRECOGNISED"

    def __init__(self, uid: str) -> None:
        super().__init__(
            f"Host {uid} came back on other hardware: join it again with a token to confirm.",
            machine_uuid=uid,
        )


class IdentityInUse(Refusal):
    """A host of the identity that shall be replaced is alive."""

    kind = Kind.PRECONDITION
    reason = "IDENTITY_IN_USE"

    def __init__(self, node: str, uid: str) -> None:
        super().__init__(
            f"{node} is alive as host {uid}: its identity cannot be taken.",
            node=node,
            machine_uuid=uid,
        )


class NothingToAdopt(Refusal):
    """The node waits for no decision about its identity."""

    kind = Kind.PRECONDITION
    reason = "NOTHING_TO_ADOPT"

    def __init__(self, node: str) -> None:
        super().__init__(f"{node} is a node of its own: nothing proposes to adopt it.", node=node)
