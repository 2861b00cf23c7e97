"""Puts the host's report together: hardware, use, hypervisor, switch, pool, conditions."""

import asyncio
import platform
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Protocol, TypeVar

from qvdc_agent.adapters import host_facts
from qvdc_agent.adapters.inquiry import Inquiry
from qvdc_agent.adapters.kernel_clock import kernel_clock
from qvdc_agent.adapters.virt_type import VirtTypeProbe
from qvdc_agent.domain.host_health import memory_condition, time_condition
from qvdc_agent.domain.host_report import (
    PROTOCOL,
    Condition,
    HostReport,
    Inventory,
    Pool,
    PoolState,
    Status,
    System,
    Usage,
)
from qvdc_agent.domain.machine import DEFAULT_POOL
from qvdc_agent.domain.refusals import HypervisorAway, StepRefused
from qvdc_agent.domain.storage import storage_conditions
from qvdc_agent.ports import Switch
from qvdc_core.clock import Clock

HARDWARE_PERIOD = timedelta(seconds=30)
SWITCH_PERIOD = timedelta(seconds=10)
"""How often hardware and the switch's settings are read again."""
PATIENCE = timedelta(seconds=1)
"""How long a report waits for one of its parts: the guardian wants one every 3 s."""
SILENT_AFTER = timedelta(seconds=30)
"""libvirt may be busy for 10 s with its first guest; after this it counts as gone."""

_Answer = TypeVar("_Answer")


class HypervisorFacts(Protocol):
    """What a hypervisor tells of itself."""

    kind: str
    simulated: bool

    async def facts(self) -> tuple[str, int]:
        """Its versions, and how many guests run."""
        ...


@dataclass(frozen=True, slots=True)
class _Hypervisor:
    condition: Condition
    version: str = ""
    machine_count: int | None = None


@dataclass(frozen=True, slots=True)
class _Network:
    condition: Condition
    chassis: str = ""
    drivers: tuple[str, ...] = ()


class LocalHostWatch:
    """Keeps the HostWatch's promises, in time whatever hangs: what does not answer soon is told as
    it was, and after a while as failed.

    Args:
        pool: the host's own folder.
        assigned: what the pools are that the host was given.
        bridge: the integration bridge; without one the host offers no networking.
    """

    def __init__(
        self,
        *,
        hypervisor: HypervisorFacts,
        switch: Switch,
        virt_types: VirtTypeProbe,
        pool: Path,
        assigned: Callable[[], Sequence[Pool]],
        bridge: str,
        clock: Clock,
    ) -> None:
        self._kind = hypervisor
        self._switch = switch
        self._virt_types = virt_types
        self._pool_path = pool
        self._assigned = assigned
        self._bridge = bridge
        self._clock = clock
        self._ticks: host_facts.CpuTicks | None = None
        self._since: dict[str, Condition] = {}
        self._version = ""
        self._last_network = _Network(Condition("NetworkReady", Status.UNKNOWN))
        self._hypervisor = self._inquiry(self._ask_hypervisor, timedelta())
        self._pool = self._inquiry(self._ask_pool, timedelta())
        self._network = self._inquiry(self._ask_switch, SWITCH_PERIOD)
        self._hardware = self._inquiry(_ask_hardware, HARDWARE_PERIOD)

    async def report(self) -> HostReport:
        """Everything now."""
        hypervisor, pool, network, hardware = await asyncio.gather(
            self._hypervisor_now(),
            self._pool_now(),
            self._network.latest(),
            self._hardware_now(),
        )
        assigned = self._assigned()
        self._version = hypervisor.version or self._version
        self._last_network = network or self._last_network
        inventory = replace(
            hardware,
            pools=(pool, *assigned),
            network_drivers=self._last_network.drivers,
            chassis=self._last_network.chassis,
        )
        before, self._ticks = self._ticks, host_facts.ticks()
        usage = host_facts.usage(before, self._ticks, machine_count=hypervisor.machine_count)
        told = (
            hypervisor.condition,
            self._last_network.condition,
            *storage_conditions(pool, assigned),
            self._memory(inventory, usage),
            time_condition(kernel_clock()),
        )
        return HostReport(
            system=self._system(),
            inventory=inventory,
            usage=usage,
            pools=(pool, *assigned),
            simulated=self._kind.simulated,
            conditions=tuple(self._dated(each) for each in told),
        )

    def _memory(self, inventory: Inventory, usage: Usage) -> Condition:
        last = self._since.get("MemoryPressure")
        pressed = last is not None and last.status is Status.TRUE
        return memory_condition(
            inventory.memory_total_bytes, usage.memory_used_bytes, pressed=pressed
        )

    def _system(self) -> System:
        known = self._virt_types.known
        return System(
            agent_version=metadata.version("qvdc-agent"),
            protocol_lowest=PROTOCOL,
            protocol_highest=PROTOCOL,
            os=host_facts.operating_system(),
            kernel=host_facts.kernel(),
            hypervisor=self._kind.kind,
            hypervisor_version=self._version,
            virt_type=known.value if known is not None else "",
            boot_time=host_facts.boot_time(),
            architecture=platform.machine(),
        )

    async def _hypervisor_now(self) -> _Hypervisor:
        latest = await self._hypervisor.latest()
        if latest is None or self._hypervisor.age > SILENT_AFTER:
            words = f"No answer for {SILENT_AFTER.total_seconds():.0f} s."
            reason = "HYPERVISOR_SILENT" if latest is not None else "HYPERVISOR_AWAY"
            return _Hypervisor(Condition("HypervisorReady", Status.FALSE, reason, words))
        return latest

    async def _hardware_now(self) -> Inventory:
        """The hardware, however long the first reading takes: without it there is no report."""
        while True:
            if (latest := await self._hardware.latest()) is not None:
                return latest

    async def _pool_now(self) -> Pool:
        latest = await self._pool.latest()
        if latest is None or self._pool.age > SILENT_AFTER:
            path = str(self._pool_path)
            return Pool(DEFAULT_POOL, PoolState.ERROR, path, error="It does not answer.")
        return latest

    async def _ask_hypervisor(self) -> _Hypervisor:
        try:
            version, count = await self._kind.facts()
        except (HypervisorAway, StepRefused) as away:
            condition = Condition("HypervisorReady", Status.FALSE, away.reason, away.message)
            return _Hypervisor(condition)
        return _Hypervisor(Condition("HypervisorReady", Status.TRUE), version, count)

    async def _ask_pool(self) -> Pool:
        return await asyncio.to_thread(host_facts.pool, DEFAULT_POOL, self._pool_path)

    async def _ask_switch(self) -> _Network:
        if not self._bridge:
            return _Network(Condition("NetworkReady", Status.FALSE, "NO_BRIDGE"))
        try:
            await self._switch.offloads()
            chassis = await self._switch.chassis()
            mappings = await self._switch.bridge_mappings()
        except StepRefused as refused:
            failed = Condition("NetworkReady", Status.FALSE, refused.reason, refused.message)
            return replace(self._last_network, condition=failed)
        return _Network(Condition("NetworkReady", Status.TRUE), chassis, ("ovn", *mappings))

    def _inquiry(
        self, ask: Callable[[], Awaitable[_Answer]], period: timedelta
    ) -> Inquiry[_Answer]:
        return Inquiry(ask, period=period, patience=PATIENCE, clock=self._clock)

    def _dated(self, condition: Condition) -> Condition:
        last = self._since.get(condition.type)
        since = _rfc3339(self._clock.now)
        if last is not None and last.status is condition.status:
            since = last.since_time or since
        dated = replace(condition, since_time=since)
        self._since[condition.type] = dated
        return dated


async def _ask_hardware() -> Inventory:
    return await asyncio.to_thread(_hardware)


def _hardware() -> Inventory:
    total, _ = host_facts.memory_bytes()
    return Inventory(
        cpu=host_facts.cpu(),
        memory_total_bytes=total,
        disks=host_facts.disks(),
        nics=host_facts.nics(),
    )


def _rfc3339(now: Callable[[], datetime]) -> str:
    return now().astimezone(UTC).isoformat().replace("+00:00", "Z")
