"""Serial output: the one pass-through to a host."""

from datetime import timedelta

from qvdc_core.errors import Kind, Refusal
from qvdc_vm.domain.refusals import NodeNotAssigned, NodeUnreachable
from qvdc_vm.domain.serial import DEFAULT_LIMIT_BYTES, SerialLog, agent_offset
from qvdc_vm.ports import Agents, Transactions


class SerialLogs:
    """Reads what guests wrote to their serial ports, where it is kept: on their hosts."""

    def __init__(self, transactions: Transactions, agents: Agents) -> None:
        self._transactions = transactions
        self._agents = agents

    async def read(
        self, name: str, *, offset_bytes: int, limit_bytes: int, within: timedelta
    ) -> SerialLog:
        """Read a piece of a machine's serial output.

        Args:
            offset_bytes: negative counts from the end, 0 means the last `limit_bytes`.
            limit_bytes: 0 means 64 KiB.

        Raises:
            NotFound: there is no such machine, or no output yet.
            NodeNotAssigned: it has no host.
            NodeUnreachable: its host does not answer in time.
        """
        async with self._transactions() as work:
            machine = await work.machines.get(name)
            if machine.node_uid is None:
                raise NodeNotAssigned(machine.name)
            host = await work.hosts.find(machine.node_uid)
        if host is None or not host.agent_addresses:
            raise NodeUnreachable(machine.node, vm=machine.name, why="its address is not known")
        try:
            return await self._agents.serial_log(
                host,
                machine.uid,
                offset_bytes=agent_offset(offset_bytes, limit_bytes),
                limit_bytes=limit_bytes or DEFAULT_LIMIT_BYTES,
                within=within,
            )
        except Refusal as refusal:
            if refusal.kind in (Kind.UNAVAILABLE, Kind.DEADLINE):
                raise NodeUnreachable(machine.node, vm=machine.name) from refusal
            raise
