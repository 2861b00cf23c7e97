"""Reading logs of hosts: a pass-through."""

from typing import Protocol

from qvdc_node.domain.host_log import LogEnd, LogWish
from qvdc_node.domain.node import Node
from qvdc_node.domain.power import NodeSilent
from qvdc_node.ports.rows import UnitsOfWork
from qvdc_node.ports.world import Presence


class LogHosts(Protocol):
    """Hosts that can be asked for their logs."""

    async def read_log(self, node: Node, wanted: LogWish) -> LogEnd:
        """Read the end of a log from the host.

        Raises:
            Refusal: the host said no, or did not answer.
        """


class HostLogsUseCase:
    """Asks a host that lives; keeps nothing."""

    def __init__(self, unit_of_work: UnitsOfWork, presence: Presence, hosts: LogHosts) -> None:
        self._unit_of_work = unit_of_work
        self._presence = presence
        self._hosts = hosts

    async def read(self, name: str, wanted: LogWish) -> LogEnd:
        """Return the end of a log of the node's host.

        Raises:
            NotFound: there is no such node.
            NodeSilent: it has no session.
            Refusal: the host said no, or did not answer.
        """
        async with self._unit_of_work() as work:
            node = await work.nodes.get(name)
        live = self._presence.liveness(node.uid)
        if live is not None and not live.session:
            raise NodeSilent(node.name, node.phase)
        return await self._hosts.read_log(node, wanted)
