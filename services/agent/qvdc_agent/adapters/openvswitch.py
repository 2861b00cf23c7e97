"""The host's Open vSwitch, through ovs-vsctl and always with a time limit."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from qvdc_agent.adapters.command import run
from qvdc_agent.domain.refusals import StepRefused
from qvdc_agent.ports import PluggedPort
from qvdc_core.ids import is_uuid

TOOL_SECONDS = 5
"""ovs-vsctl blocks for ever when ovs-vswitchd is away, unless told otherwise."""
DEADLINE = timedelta(seconds=TOOL_SECONDS + 2)
USERSPACE = "netdev"


class OpenVSwitch:
    """Keeps the Switch's promises.

    Args:
        database: where ovsdb-server listens, such as unix:/run/openvswitch/db.sock.
        bridge: the integration bridge; empty when this host has none.
    """

    def __init__(self, database: str, bridge: str) -> None:
        self._database = database
        self._bridge = bridge

    async def offloads(self) -> bool:
        """Whether virtual NICs may leave checksums to the host: not with the userspace datapath."""
        if not self._bridge:
            raise StepRefused("NETWORK_NOT_READY", "This host has no integration bridge.")
        told = await self._ask("get", "Bridge", self._bridge, "datapath_type")
        return told.strip().strip('"') != USERSPACE

    async def ports(self) -> Sequence[PluggedPort]:
        """The ports that are plugged into the integration bridge."""
        if not self._bridge:
            return ()
        plugged = set((await self._ask("list-ifaces", self._bridge)).split())
        columns = "--columns=name,external_ids,link_state"
        told = json.loads(await self._ask("--format=json", columns, "list", "Interface"))
        rows = [_cells(told["headings"], row) for row in told["data"]]
        ports = [_port(row) for row in rows if row["name"] in plugged]
        return [port for port in ports if port is not None]

    async def chassis(self) -> str:
        """OVN's name of this host."""
        return await self._external_id("system-id")

    async def bridge_mappings(self) -> Sequence[str]:
        """Names of the physical networks that this host reaches."""
        mappings = await self._external_id("ovn-bridge-mappings")
        return [part.partition(":")[0] for part in mappings.split(",") if ":" in part]

    async def _external_id(self, key: str) -> str:
        if not self._bridge:
            return ""
        told = await self._ask("--if-exists", "get", "Open_vSwitch", ".", f"external_ids:{key}")
        return told.strip().strip('"')

    async def _ask(self, *arguments: str) -> str:
        return await run(
            ["ovs-vsctl", f"--timeout={TOOL_SECONDS}", f"--db={self._database}", *arguments],
            reason="NETWORK_NOT_READY",
            within=DEADLINE,
        )


def _cells(headings: list[str], row: list[Any]) -> dict[str, Any]:
    return dict(zip(headings, row, strict=True))


def _port(row: dict[str, Any]) -> PluggedPort | None:
    port_uid = dict(row["external_ids"][1]).get("iface-id", "")
    if not is_uuid(port_uid):
        return None
    link = row["link_state"]
    return PluggedPort(
        port_uid=port_uid,
        interface=row["name"],
        link_up=link == "up" if isinstance(link, str) else None,
    )
