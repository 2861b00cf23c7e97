"""A hypervisor that runs nothing: for tests, and for hosts that are simulated by explicit setting.

It keeps the same promises as the real one (the same tests hold both), across restarts of the
agent too; a reboot of the host stops every guest. A guest is up as soon as it is started, says so
on its serial log, and obeys its power button at once. Faults are switched on by tests alone.
"""

import asyncio
import errno
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from qvdc_agent.domain.definition import Definition
from qvdc_agent.domain.guarded import HostProcess
from qvdc_agent.domain.machine import BootId, MachineUid
from qvdc_agent.domain.refusals import StepRefused
from qvdc_agent.domain.seen import DomainPower, DomainView, StrangerView
from qvdc_agent.ports import PluggedPort

READY = "simulated-guest ready hostname={name}\n"


@dataclass(frozen=True, slots=True)
class _Guest:
    """A domain; `epoch` is of the start that runs, of the next one while it is stopped."""

    uid: str
    name: str
    generation: int
    epoch: int
    serial_log: str
    ports: tuple[str, ...] = ()
    power: str = DomainPower.STOPPED.value
    cause: str = ""
    ours: bool = True

    @property
    def active(self) -> bool:
        return DomainPower(self.power).active


@dataclass(slots=True)
class _Kept:
    boot: str
    guests: dict[str, _Guest] = field(default_factory=dict)


@dataclass(slots=True)
class Faults:
    """What goes wrong on purpose.

    Args:
        call_delay: how long a call takes before it has its effect.
        event_delay: how late changes are told.
        event_copies: how often each change is told; 0 loses it.
        disk_full: nothing can be kept.
    """

    call_delay: timedelta = timedelta()
    event_delay: timedelta = timedelta()
    event_copies: int = 1
    disk_full: bool = False


class SimulatedHypervisor:
    """Keeps the Hypervisor's promises, in one file.

    Args:
        file: where guests are kept; in a durable folder.
        boot: the present life of the host; guests of an earlier one are stopped.
    """

    kind = "simulated"
    simulated = True

    def __init__(self, file: Path, *, boot: BootId) -> None:
        self.faults = Faults()
        self._file = file
        self._kept = _load(file, boot)
        self._callbacks: list[Callable[[MachineUid | None], None]] = []

    def on_change(self, callback: Callable[[MachineUid | None], None]) -> None:
        """Call `callback` in the event loop when a guest changed."""
        self._callbacks.append(callback)

    async def list(self) -> Sequence[DomainView]:
        """All guests of ours."""
        await self._take_time()
        return [_view(guest) for guest in self._kept.guests.values() if guest.ours]

    async def look(self, uid: MachineUid) -> DomainView | None:
        """One guest of ours, or None."""
        await self._take_time()
        guest = self._ours(uid)
        return None if guest is None else _view(guest)

    async def strangers(self) -> Sequence[StrangerView]:
        """All guests that are not ours."""
        await self._take_time()
        return [_stranger(guest) for guest in self._kept.guests.values() if not guest.ours]

    async def stranger(self, uid: MachineUid) -> StrangerView | None:
        """One guest that is not ours, or None."""
        await self._take_time()
        guest = self._kept.guests.get(uid)
        return None if guest is None or guest.ours else _stranger(guest)

    async def define(self, definition: Definition) -> None:
        """Make or replace the lasting definition."""
        await self._take_time()
        known = self._kept.guests.get(definition.uid)
        if known is not None and not known.ours:
            raise StepRefused("DOMAIN_NOT_OURS", f"{definition.uid} is not ours.")
        names = {each.name for each in self._kept.guests.values() if each.uid != definition.uid}
        if definition.vm_id in names:
            raise StepRefused("HYPERVISOR_REFUSED", f"{definition.vm_id} is there already.")
        fresh = _Guest(
            uid=definition.uid,
            name=definition.vm_id,
            generation=definition.generation,
            epoch=definition.run_epoch,
            serial_log=str(definition.serial_log),
            ports=tuple(nic.port_uid for nic in definition.nics),
        )
        if known is not None and known.active:
            fresh = replace(fresh, epoch=known.epoch, power=known.power, cause=known.cause)
        self._put(fresh)

    async def relabel(self, uid: MachineUid, run_epoch: int) -> None:
        """Mark the running guest as being start `run_epoch`."""
        await self._take_time()
        self._put(replace(self._must(uid), epoch=run_epoch))

    async def start(self, uid: MachineUid, run_epoch: int, *, paused: bool = False) -> None:
        """Start a defined guest."""
        await self._take_time()
        guest = self._must(uid)
        if not guest.active:
            self._run(replace(guest, epoch=run_epoch))
            if paused:
                self.pause(uid)

    async def go_on(self, uid: MachineUid) -> None:
        """Let a paused guest go on."""
        await self._take_time()
        if DomainPower(self._must(uid).power) is DomainPower.PAUSED:
            self.resume(uid)

    async def process(self, uid: MachineUid) -> HostProcess | None:  # noqa: ARG002 - no guest has one
        """None: a simulated guest is no process."""
        await self._take_time()
        return None

    async def ask_shutdown(self, uid: MachineUid) -> None:
        """Press the guest's power button."""
        await self._take_time()
        self._end(uid, "shutdown")

    async def destroy(self, uid: MachineUid) -> None:
        """Switch the guest off at once."""
        await self._take_time()
        self._end(uid, "destroyed")

    async def undefine(self, uid: MachineUid) -> None:
        """Forget a stopped guest."""
        await self._take_time()
        if self._ours(uid) is not None:
            others = {each: kept for each, kept in self._kept.guests.items() if each != uid}
            self._keep(others, uid)

    async def facts(self) -> tuple[str, int]:
        """No version, and how many guests run."""
        return "", sum(guest.active for guest in self._kept.guests.values())

    async def ping(self) -> None:
        """It is always there."""

    def plugged(self) -> Sequence[PluggedPort]:
        """The ports of the guests that run."""
        return [
            PluggedPort(port, f"sim-{port[:8]}", link_up=True)
            for guest in self._kept.guests.values()
            if guest.active
            for port in guest.ports
        ]

    def crash(self, uid: MachineUid) -> None:
        """Have a guest die, as its process may on a real host."""
        self._put(replace(self._must(uid), power=DomainPower.CRASHED.value, cause="crashed"))

    def pause(self, uid: MachineUid, cause: str = "") -> None:
        """Halt a running guest, as a person on the host, or a full disk, would."""
        self._turn(uid, DomainPower.RUNNING, DomainPower.PAUSED, cause)

    def resume(self, uid: MachineUid) -> None:
        """Let a halted guest go on."""
        self._turn(uid, DomainPower.PAUSED, DomainPower.RUNNING)

    def start_by_hand(self, uid: MachineUid) -> None:
        """Start a guest as a person on the host would."""
        self._run(self._must(uid))

    def define_foreign(self, uid: MachineUid, name: str) -> None:
        """Make a guest that is not ours."""
        self._put(_Guest(uid, name, generation=0, epoch=0, serial_log="", ours=False))

    def run_foreign(self, uid: MachineUid, name: str) -> None:
        """Make a guest that is not ours, and start it."""
        guest = _Guest(uid, name, generation=0, epoch=0, serial_log="", ours=False)
        self._put(replace(guest, power=DomainPower.RUNNING.value))

    def remove_foreign(self, uid: MachineUid) -> None:
        """End a guest that is not ours, and forget it."""
        others = {each: kept for each, kept in self._kept.guests.items() if each != uid}
        self._keep(others, uid)

    def names(self) -> set[str]:
        """Names of all guests, ours or not."""
        return {guest.name for guest in self._kept.guests.values()}

    def _run(self, guest: _Guest) -> None:
        log = Path(guest.serial_log)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as serial:
            serial.write(READY.format(name=guest.name))
        self._put(replace(guest, power=DomainPower.RUNNING.value, cause=""))

    def _end(self, uid: MachineUid, cause: str) -> None:
        guest = self._ours(uid)
        if guest is not None and guest.active:
            self._put(replace(guest, power=DomainPower.STOPPED.value, cause=cause))

    def _ours(self, uid: MachineUid) -> _Guest | None:
        guest = self._kept.guests.get(uid)
        return guest if guest is not None and guest.ours else None

    def _must(self, uid: MachineUid) -> _Guest:
        guest = self._ours(uid)
        if guest is None:
            raise StepRefused("DOMAIN_MISSING", f"There is no domain of ours with the uuid {uid}.")
        return guest

    def _turn(
        self, uid: MachineUid, before: DomainPower, after: DomainPower, cause: str = ""
    ) -> None:
        guest = self._must(uid)
        if guest.power == before.value:
            self._put(replace(guest, power=after.value, cause=cause))

    def _put(self, guest: _Guest) -> None:
        self._keep({**self._kept.guests, guest.uid: guest}, MachineUid(guest.uid))

    def _keep(self, guests: dict[str, _Guest], changed: MachineUid) -> None:
        """Have `guests` on disk, then in memory; a change that cannot be kept does not happen."""
        kept = _Kept(self._kept.boot, guests)
        try:
            if self.faults.disk_full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._file))
            _write(self._file, json.dumps(asdict(kept)))
        except OSError as error:
            raise StepRefused("HYPERVISOR_REFUSED", str(error)) from error
        self._kept = kept
        self._tell(changed)

    def _tell(self, uid: MachineUid) -> None:
        loop = asyncio.get_running_loop()
        delay = self.faults.event_delay.total_seconds()
        for callback in self._callbacks * self.faults.event_copies:
            loop.call_later(delay, callback, uid)

    async def _take_time(self) -> None:
        if self.faults.call_delay:
            await asyncio.sleep(self.faults.call_delay.total_seconds())


class SimulatedSwitch:
    """Keeps the Switch's promises for a host whose guests are simulated.

    Args:
        chassis: what the host calls itself to OVN.
    """

    def __init__(self, hypervisor: SimulatedHypervisor, *, chassis: str) -> None:
        self._hypervisor = hypervisor
        self._chassis = chassis

    async def offloads(self) -> bool:
        """Nothing is left to anybody."""
        return True

    async def ports(self) -> Sequence[PluggedPort]:
        """The ports of the guests that run."""
        return self._hypervisor.plugged()

    async def chassis(self) -> str:
        """The name given."""
        return self._chassis

    async def bridge_mappings(self) -> Sequence[str]:
        """No physical network is reached."""
        return ()


def _view(guest: _Guest) -> DomainView:
    return DomainView(
        uid=MachineUid(guest.uid),
        power=DomainPower(guest.power),
        generation=guest.generation,
        run_epoch=guest.epoch,
        cause=guest.cause,
        name=guest.name,
    )


def _stranger(guest: _Guest) -> StrangerView:
    uid, power = MachineUid(guest.uid), DomainPower(guest.power)
    return StrangerView(uid, guest.name, power, guest.cause)


def _write(file: Path, text: str) -> None:
    """Replace the file by one that is whole and on disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    making = file.with_suffix(".making")
    with making.open("w") as content:
        content.write(text)
        content.flush()
        os.fsync(content.fileno())
    making.replace(file)


def _load(file: Path, boot: BootId) -> _Kept:
    try:
        found = json.loads(file.read_text())
    except FileNotFoundError:
        return _Kept(boot)
    guests = {
        uid: _Guest(**{**each, "ports": tuple(each["ports"])})
        for uid, each in found["guests"].items()
    }
    if found["boot"] == boot:
        return _Kept(boot, guests)
    stopped = DomainPower.STOPPED.value
    return _Kept(
        boot,
        {
            uid: replace(each, power=stopped, cause="") if each.active else each
            for uid, each in guests.items()
        },
    )
