"""The Hypervisor port over libvirt."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import libvirt

from qvdc_agent.adapters.domain_xml import (
    MARK_PREFIX,
    MARK_URI,
    Mark,
    domain_xml,
    mark_element,
    read_mark,
)
from qvdc_agent.adapters.libvirt_connection import LibvirtConnection
from qvdc_agent.adapters.processes import start_ticks
from qvdc_agent.domain.definition import Definition
from qvdc_agent.domain.guarded import HostProcess
from qvdc_agent.domain.machine import MachineUid
from qvdc_agent.domain.refusals import HypervisorAway, StepRefused
from qvdc_agent.domain.seen import NO_SPACE, DomainPower, DomainView, StrangerView
from qvdc_core.units import KIB

LIBVIRT_RUN_FOLDER = Path("/run/libvirt/qemu")
"""Where libvirt keeps the pid files of its guests."""
_LIVE = libvirt.VIR_DOMAIN_AFFECT_LIVE
_CONFIG = libvirt.VIR_DOMAIN_AFFECT_CONFIG
_FORGET = (
    libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
    | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
)
_PAUSED_STATES = {libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PMSUSPENDED}
_OFF_CAUSES = {
    libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN: "shutdown",
    libvirt.VIR_DOMAIN_SHUTOFF_DESTROYED: "destroyed",
    libvirt.VIR_DOMAIN_SHUTOFF_CRASHED: "crashed",
    libvirt.VIR_DOMAIN_SHUTOFF_MIGRATED: "migrated",
    libvirt.VIR_DOMAIN_SHUTOFF_SAVED: "saved",
    libvirt.VIR_DOMAIN_SHUTOFF_FAILED: "failed",
    libvirt.VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT: "snapshot",
    libvirt.VIR_DOMAIN_SHUTOFF_DAEMON: "daemon",
}
_PAUSE_CAUSES = {
    libvirt.VIR_DOMAIN_PAUSED_IOERROR: "I/O error",
    libvirt.VIR_DOMAIN_PAUSED_WATCHDOG: "watchdog",
    libvirt.VIR_DOMAIN_PAUSED_CRASHED: "guest panicked",
}
_CRASH_CAUSES = {libvirt.VIR_DOMAIN_SHUTOFF_CRASHED}
_WATCHED_EVENTS = (
    libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE,
    libvirt.VIR_DOMAIN_EVENT_ID_REBOOT,
)


class LibvirtHypervisor:
    """Keeps the Hypervisor's promises; made inside the running loop."""

    kind = "libvirt/QEMU"
    simulated = False

    def __init__(
        self, connection: LibvirtConnection, *, run_folder: Path = LIBVIRT_RUN_FOLDER
    ) -> None:
        self._connection = connection
        self._run_folder = run_folder
        self._loop = asyncio.get_running_loop()
        self._callbacks: list[Callable[[MachineUid | None], None]] = []
        connection.on_connected(self._subscribe)
        connection.on_ready(lambda: self._tell(None))

    def on_change(self, callback: Callable[[MachineUid | None], None]) -> None:
        """Call `callback` in the event loop when a domain changed, None after a reconnect."""
        self._callbacks.append(callback)

    async def list(self) -> Sequence[DomainView]:
        """All domains of ours."""
        return await self._connection.call(_list)

    async def look(self, uid: MachineUid) -> DomainView | None:
        """One domain of ours, or None."""
        return await self._connection.call(lambda connection: _look(connection, uid))

    async def strangers(self) -> Sequence[StrangerView]:
        """All domains that are not ours."""
        return await self._connection.call(_strangers)

    async def stranger(self, uid: MachineUid) -> StrangerView | None:
        """One domain that is not ours, or None."""
        return await self._connection.call(lambda connection: _stranger_of(connection, uid))

    async def define(self, definition: Definition) -> None:
        """Make or replace the lasting definition."""
        await self._connection.call(lambda connection: _define(connection, definition))

    async def relabel(self, uid: MachineUid, run_epoch: int) -> None:
        """Mark the running guest as being start `run_epoch`."""
        await self._connection.call(
            lambda connection: _mark(_ours(connection, uid), run_epoch, _LIVE | _CONFIG)
        )

    async def start(self, uid: MachineUid, run_epoch: int, *, paused: bool = False) -> None:
        """Start a defined guest, marked as `run_epoch`."""
        flags = libvirt.VIR_DOMAIN_START_PAUSED if paused else 0
        await self._connection.call(lambda connection: _start(connection, uid, run_epoch, flags))

    async def go_on(self, uid: MachineUid) -> None:
        """Let a paused guest go on."""
        await self._connection.call(lambda connection: _go_on(connection, uid))

    async def process(self, uid: MachineUid) -> HostProcess | None:
        """The QEMU process of an active guest, as libvirt wrote it down and /proc confirms."""
        name = await self._connection.call(lambda connection: _active_name(connection, uid))
        return None if name is None else _process_of(self._run_folder / f"{name}.pid", uid)

    async def ask_shutdown(self, uid: MachineUid) -> None:
        """Press the guest's power button."""
        await self._connection.call(
            lambda connection: _if_active(
                connection,
                uid,
                lambda domain: domain.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN),
            )
        )

    async def destroy(self, uid: MachineUid) -> None:
        """Switch the guest off at once."""
        await self._connection.call(
            lambda connection: _if_active(connection, uid, lambda domain: domain.destroy())
        )

    async def undefine(self, uid: MachineUid) -> None:
        """Forget a stopped guest."""
        await self._connection.call(lambda connection: _undefine(connection, uid))

    async def facts(self) -> tuple[str, int]:
        """The versions of libvirt and QEMU, and how many guests run, ours or not."""
        return await self._connection.call(_facts)

    async def ping(self) -> None:
        """Do nothing when libvirtd is connected; costs no call, which a busy one may delay.

        Raises:
            HypervisorAway: it is not connected.
        """
        if not self._connection.ready:
            raise HypervisorAway("not connected")

    def _subscribe(self, connection: Any) -> Callable[[], None]:
        ids = [
            connection.domainEventRegisterAny(None, event, self._heard, None)
            for event in _WATCHED_EVENTS
        ]

        def unsubscribe() -> None:
            for each in ids:
                connection.domainEventDeregisterAny(each)

        return unsubscribe

    def _heard(self, _: Any, domain: Any, *__: object) -> None:
        uid = MachineUid(domain.UUIDString())
        self._loop.call_soon_threadsafe(self._tell, uid)

    def _tell(self, uid: MachineUid | None) -> None:
        for callback in self._callbacks:
            callback(uid)


def _facts(connection: Any) -> tuple[str, int]:
    libvirt_version, qemu_version = connection.getLibVersion(), connection.getVersion()
    told = f"libvirt {_dotted(libvirt_version)}, QEMU {_dotted(qemu_version)}"
    return told, connection.numOfDomains()


def _dotted(number: int) -> str:
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"


def _list(connection: Any) -> list[DomainView]:
    views = (_view(domain) for domain in connection.listAllDomains())
    return [view for view in views if view is not None]


def _look(connection: Any, uid: MachineUid) -> DomainView | None:
    domain = _find(connection, uid)
    return None if domain is None else _view(domain)


def _strangers(connection: Any) -> list[StrangerView]:
    views = (_stranger(domain) for domain in connection.listAllDomains())
    return [view for view in views if view is not None]


def _stranger_of(connection: Any, uid: MachineUid) -> StrangerView | None:
    domain = _find(connection, uid)
    return None if domain is None else _stranger(domain)


def _stranger(domain: Any) -> StrangerView | None:
    """What is seen of a domain that is not ours; None when it is, or went away meanwhile."""
    with suppress(_Gone):
        if _read(domain, _LIVE) or _read(domain, _CONFIG):
            return None
        state, reason = _state(domain)
        power, cause = _power(state, reason)
        _, most_kib, _, vcpu_count, _ = _unless_gone(domain.info)
        return StrangerView(
            uid=MachineUid(domain.UUIDString()),
            name=domain.name(),
            power=power,
            cause=cause,
            vcpu_count=vcpu_count,
            memory_bytes=most_kib * KIB,
        )
    return None


def _define(connection: Any, definition: Definition) -> None:
    found = _find(connection, definition.uid)
    if found is not None and _view(found) is None:
        message = f"A domain that is not ours has the uuid {definition.uid}."
        raise StepRefused("DOMAIN_NOT_OURS", message)
    connection.defineXMLFlags(domain_xml(definition), libvirt.VIR_DOMAIN_DEFINE_VALIDATE)


def _start(connection: Any, uid: MachineUid, run_epoch: int, flags: int) -> None:
    domain = _ours(connection, uid)
    if domain.isActive():
        return
    _mark(domain, run_epoch, _CONFIG)
    domain.createWithFlags(flags)


def _go_on(connection: Any, uid: MachineUid) -> None:
    domain = _ours(connection, uid)
    if domain.state()[0] == libvirt.VIR_DOMAIN_PAUSED:
        domain.resume()


def _active_name(connection: Any, uid: MachineUid) -> str | None:
    domain = _find(connection, uid)
    return str(domain.name()) if domain is not None and domain.isActive() else None


def _process_of(pid_file: Path, uid: MachineUid) -> HostProcess | None:
    """The process that `pid_file` names, if it is the machine's; a number used again is not."""
    try:
        pid = int(pid_file.read_text())
        found = HostProcess(pid, start_ticks(pid))
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return found if uid.encode() in words else None


def _undefine(connection: Any, uid: MachineUid) -> None:
    domain = _find(connection, uid)
    if domain is not None and _view(domain) is not None:
        domain.undefineFlags(_FORGET)


def _if_active(connection: Any, uid: MachineUid, act: Callable[[Any], object]) -> None:
    domain = _find(connection, uid)
    if domain is None or _view(domain) is None or not domain.isActive():
        return
    try:
        act(domain)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_OPERATION_INVALID:
            raise


def _mark(domain: Any, run_epoch: int, impact: int) -> None:
    """Set the run epoch in the mark, and keep the rest of it."""
    for flag in (_LIVE, _CONFIG):
        if impact & flag and (mark := _read(domain, flag)) is not None:
            domain.setMetadata(
                libvirt.VIR_DOMAIN_METADATA_ELEMENT,
                mark_element(Mark(mark.generation, run_epoch)),
                MARK_PREFIX,
                MARK_URI,
                flag,
            )


def _ours(connection: Any, uid: MachineUid) -> Any:
    domain = _find(connection, uid)
    if domain is None or _view(domain) is None:
        raise StepRefused("DOMAIN_MISSING", f"There is no domain of ours with the uuid {uid}.")
    return domain


def _find(connection: Any, uid: MachineUid) -> Any:
    try:
        return connection.lookupByUUIDString(uid)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return None
        raise


def _view(domain: Any) -> DomainView | None:
    """What is seen of a domain; None when it is not ours, or went away meanwhile."""
    with suppress(_Gone):
        lasting, live = _read(domain, _CONFIG), _read(domain, _LIVE)
        mark = live or lasting
        if mark is None:
            return None
        state, reason = _state(domain)
        power, cause = _power(state, reason)
        if reason == libvirt.VIR_DOMAIN_PAUSED_IOERROR and _lacks_space(domain, power):
            cause = NO_SPACE
        return DomainView(
            uid=MachineUid(domain.UUIDString()),
            power=power,
            generation=lasting.generation if lasting is not None else 0,
            run_epoch=mark.run_epoch,
            cause=cause,
            name=domain.name(),
        )
    return None


def _power(state: int, reason: int) -> tuple[DomainPower, str]:
    if state == libvirt.VIR_DOMAIN_CRASHED:
        return DomainPower.CRASHED, "crashed"
    if state == libvirt.VIR_DOMAIN_SHUTOFF:
        crashed = reason in _CRASH_CAUSES
        cause = _OFF_CAUSES.get(reason, "")
        return (DomainPower.CRASHED if crashed else DomainPower.STOPPED), cause
    if state in _PAUSED_STATES:
        return DomainPower.PAUSED, _PAUSE_CAUSES.get(reason, "")
    return DomainPower.RUNNING, ""


def _lacks_space(domain: Any, power: DomainPower) -> bool:
    """Whether a guest that an I/O error halted had no room for what it wrote."""
    if power is not DomainPower.PAUSED:
        return False
    errors = _unless_gone(domain.diskErrors)
    return libvirt.VIR_DOMAIN_DISK_ERROR_NO_SPACE in errors.values()


class _Gone(Exception):
    """The domain went away between two questions."""


def _state(domain: Any) -> tuple[int, int]:
    state, reason = _unless_gone(domain.state)
    return state, reason


def _unless_gone(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            raise _Gone from error
        raise


def _read(domain: Any, impact: int) -> Mark | None:
    """Our mark in the lasting (CONFIG) or the running (LIVE) definition."""
    try:
        text = domain.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, MARK_URI, impact)
    except libvirt.libvirtError as error:
        code = error.get_error_code()
        if code == libvirt.VIR_ERR_NO_DOMAIN:
            raise _Gone from error
        if code in (libvirt.VIR_ERR_NO_DOMAIN_METADATA, libvirt.VIR_ERR_OPERATION_INVALID):
            return None
        raise
    return read_mark(text)
