"""Puts the host's report together: hardware, use, hypervisor, switch, pool, conditions."""

import asyncio
import platform
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from qvdc_agent.adapters import host_facts
from qvdc_agent.adapters.virt_type import VirtTypeProbe
from qvdc_agent.domain.host_report import (
    PROTOCOL,
    Condition,
    HostReport,
    Inventory,
    Pool,
    PoolState,
    Status,
    System,
)
from qvdc_agent.domain.machine import DEFAULT_POOL
from qvdc_agent.domain.refusals import HypervisorAway, StepRefused
from qvdc_agent.ports import Switch
from qvdc_core.clock import Clock

SLOW_PERIOD_SECONDS = 30.0
"""How often hardware and the switch's settings are read again."""


class HypervisorFacts(Protocol):
    """What a hypervisor tells of itself."""

    kind: str
    simulated: bool

    async def facts(self) -> tuple[str, int]:
        """Its versions, and how many guests run."""
        ...


class LocalHostWatch:
    """Keeps the HostWatch's promises.

    Args:
        bridge: the integration bridge; without one the host offers no networking.
    """

    def __init__(
        self,
        *,
        hypervisor: HypervisorFacts,
        switch: Switch,
        virt_types: VirtTypeProbe,
        pool: Path,
        bridge: str,
        clock: Clock,
    ) -> None:
        self._hypervisor = hypervisor
        self._switch = switch
        self._virt_types = virt_types
        self._pool = pool
        self._bridge = bridge
        self._clock = clock
        self._ticks: host_facts.CpuTicks | None = None
        self._since: dict[str, Condition] = {}
        self._inventory = Inventory()
        self._network = Condition("NetworkReady", Status.UNKNOWN)
        self._read_at = float("-inf")

    async def report(self) -> HostReport:
        """Everything now."""
        if self._clock.monotonic() - self._read_at >= SLOW_PERIOD_SECONDS:
            self._read_at = self._clock.monotonic()
            await self._read_slowly()
        pool = await asyncio.to_thread(host_facts.pool, DEFAULT_POOL, self._pool)
        hypervisor, version, machine_count = await self._ask_hypervisor()
        before, self._ticks = self._ticks, host_facts.ticks()
        known = self._virt_types.known
        return HostReport(
            system=System(
                agent_version=metadata.version("qvdc-agent"),
                protocol_lowest=PROTOCOL,
                protocol_highest=PROTOCOL,
                os=host_facts.operating_system(),
                kernel=host_facts.kernel(),
                hypervisor=self._hypervisor.kind,
                hypervisor_version=version,
                virt_type=known.value if known is not None else "",
                boot_time=host_facts.boot_time(),
                architecture=platform.machine(),
            ),
            inventory=replace(self._inventory, pools=(pool,)),
            usage=host_facts.usage(before, self._ticks, machine_count=machine_count),
            pools=(pool,),
            simulated=self._hypervisor.simulated,
            conditions=tuple(
                self._dated(each) for each in (hypervisor, self._network, _storage(pool))
            ),
        )

    async def _read_slowly(self) -> None:
        cpu, memory, disks, nics = await asyncio.to_thread(_hardware)
        self._network, chassis, drivers = await self._ask_switch()
        self._inventory = Inventory(
            cpu=cpu,
            memory_total_bytes=memory,
            disks=disks,
            nics=nics,
            network_drivers=drivers,
            chassis=chassis,
        )

    async def _ask_switch(self) -> tuple[Condition, str, tuple[str, ...]]:
        if not self._bridge:
            return Condition("NetworkReady", Status.FALSE, "NO_BRIDGE"), "", ()
        try:
            await self._switch.offloads()
            chassis = await self._switch.chassis()
            mappings = await self._switch.bridge_mappings()
        except StepRefused as refused:
            self._read_at = float("-inf")
            failed = Condition("NetworkReady", Status.FALSE, refused.reason, refused.message)
            return failed, self._inventory.chassis, self._inventory.network_drivers
        return Condition("NetworkReady", Status.TRUE), chassis, ("ovn", *mappings)

    async def _ask_hypervisor(self) -> tuple[Condition, str, int | None]:
        try:
            version, count = await self._hypervisor.facts()
        except (HypervisorAway, StepRefused) as away:
            condition = Condition("HypervisorReady", Status.FALSE, away.reason, away.message)
            return condition, "", None
        return Condition("HypervisorReady", Status.TRUE), version, count

    def _dated(self, condition: Condition) -> Condition:
        last = self._since.get(condition.type)
        since = _rfc3339(self._clock.now)
        if last is not None and last.status is condition.status:
            since = last.since_time or since
        dated = replace(condition, since_time=since)
        self._since[condition.type] = dated
        return dated


def _hardware() -> tuple[Any, ...]:
    memory, _ = host_facts.memory_bytes()
    return host_facts.cpu(), memory, host_facts.disks(), host_facts.nics()


def _storage(pool: Pool) -> Condition:
    if pool.state is PoolState.ERROR:
        return Condition("StorageReady", Status.FALSE, "POOL_FAILED", pool.error)
    return Condition("StorageReady", Status.TRUE)


def _rfc3339(now: Callable[[], datetime]) -> str:
    return now().astimezone(UTC).isoformat().replace("+00:00", "Z")
