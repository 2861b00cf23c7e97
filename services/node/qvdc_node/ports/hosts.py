"""What is under way with hosts: rows in one transaction, and hosts that pair."""

from collections.abc import Sequence
from typing import Protocol

from qvdc_node.domain.node import NodeUid
from qvdc_node.domain.pairing import DiscoveredHost, Invitation, Pairing, Spot
from qvdc_node.domain.power import PowerAction


class PowerActions(Protocol):
    """Hosts that shall restart or turn off, in one transaction; at most one action a node."""

    async def all(self) -> Sequence[PowerAction]:
        """Return what is under way."""
        ...

    async def of(self, uid: NodeUid) -> PowerAction | None:
        """Return what is under way on the node."""
        ...

    async def put(self, action: PowerAction) -> None:
        """Store `action`, in place of an earlier state of it."""
        ...

    async def remove(self, uid: NodeUid) -> None:
        """Forget what was under way on the node."""
        ...


class Pairings(Protocol):
    """Hosts that were invited and have not registered yet, in one transaction."""

    async def all(self) -> Sequence[Pairing]:
        """Return what is under way, in a stable order."""
        ...

    async def put(self, pairing: Pairing) -> Pairing | None:
        """Store `pairing`; return the one of the same host that it takes the place of."""
        ...

    async def remove(self, pairing: Pairing) -> None:
        """Forget `pairing`."""
        ...


class StrangeHosts(Protocol):
    """Hosts that are not of this site yet and show a pairing code."""

    async def describe(self, spot: Spot) -> DiscoveredHost:
        """Ask a host who it is.

        Raises:
            Refusal: it cannot be reached, is not trusted yet, or does not take the code.
        """
        ...

    async def configure(self, spot: Spot, invitation: Invitation) -> NodeUid:
        """Give a host its configuration; return who it is.

        Raises:
            Refusal: it did not take it, or it is not known whether it did.
        """
        ...
