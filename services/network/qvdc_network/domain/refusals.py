"""How the network service says no."""

from collections.abc import Iterable

from qvdc_core.errors import FieldViolation, Kind, Refusal, StoreUnavailable


class InvalidSpec(Refusal):
    """Fields of a network or port break rules; every one is named."""

    kind = Kind.INVALID
    reason = "INVALID_ARGUMENT"

    def __init__(self, fields: Iterable[FieldViolation]) -> None:
        named = tuple(fields)
        told = "; ".join(f"{each.field}: {each.description}" for each in named)
        super().__init__(told, fields=named)


class NameTaken(Refusal):
    """Another resource has this id."""

    kind = Kind.EXISTS
    reason = "NAME_TAKEN"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} exists already.", name=name)


class DriverUnsupported(Refusal):
    """The driver does not offer what is wanted."""

    kind = Kind.PRECONDITION
    reason = "DRIVER_UNSUPPORTED"

    def __init__(self, *, wanted: str, why: str) -> None:
        super().__init__(
            f"The OVN driver does not offer networks of type {wanted} yet: {why}",
            driver="ovn",
            wanted=wanted,
        )


class NoFreeAddress(Refusal):
    """All addresses that may be given are held."""

    kind = Kind.EXHAUSTED
    reason = "NO_FREE_ADDRESS"

    def __init__(self, network: str, total_count: int) -> None:
        super().__init__(
            f"All {total_count} addresses of {network} that may be given are held.",
            network=network,
            total_count=total_count,
        )


class AddressInUse(Refusal):
    """The address is held by another port."""

    kind = Kind.EXISTS
    reason = "ADDRESS_IN_USE"

    def __init__(self, address: str, port: str) -> None:
        super().__init__(f"{address} is held by {port}.", address=address, port=port)


class MacInUse(Refusal):
    """The hardware address is held by another port of the site."""

    kind = Kind.EXISTS
    reason = "MAC_IN_USE"

    def __init__(self, mac: str, port: str) -> None:
        super().__init__(f"{mac} is held by {port}.", mac=mac, port=port)


class NoFreeMac(Refusal):
    """No unused hardware address was found; the site's prefix is all but full."""

    kind = Kind.EXHAUSTED
    reason = "NO_FREE_MAC"

    def __init__(self, prefix: str) -> None:
        super().__init__(f"No free hardware address was found below {prefix}.", prefix=prefix)


class OvnUnavailable(StoreUnavailable):
    """One of OVN's databases does not answer; whether something was done is unknown."""

    def __init__(self, which: str) -> None:
        super().__init__(f"OVN's {which} database")
        self.which = which


class OvnRefused(Refusal):
    """OVN refused the rows; nothing was changed."""

    kind = Kind.INTERNAL
    reason = "OVN_REFUSED"


class BeingDeleted(Refusal):
    """Its removal is under way; nothing can be changed or added any more."""

    kind = Kind.PRECONDITION
    reason = "BEING_DELETED"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is being deleted.", name=name)


class IdentityMismatch(Refusal):
    """A host speaks for another."""

    kind = Kind.DENIED
    reason = "IDENTITY_MISMATCH"

    def __init__(self, node_uid: str) -> None:
        super().__init__(
            f"The certificate is not that of node {node_uid}.", claimed_node_uid=node_uid
        )
