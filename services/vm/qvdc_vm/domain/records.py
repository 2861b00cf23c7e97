"""What the machine loop writes down after each step, and what an observation changes.

Pure, and the same again when repeated: recording a step twice leaves what recording it once did.
"""

from dataclasses import replace
from datetime import datetime

from qvdc_core.operation import OperationFailure
from qvdc_vm.domain.observation import Observed, ObservedState
from qvdc_vm.domain.placement import PlacementClaim
from qvdc_vm.domain.state import Verb
from qvdc_vm.domain.values import BaseImage, PortBinding, PowerWish
from qvdc_vm.domain.virtual_machine import Released, VirtualMachine


def placed(machine: VirtualMachine, claim: PlacementClaim) -> VirtualMachine:
    """`machine` with the host that it was given, and the pool of disks that named none."""
    disks = tuple(
        replace(disk, pool=disk.pool or claim.storage_pool) for disk in machine.spec.disks
    )
    spec = replace(machine.spec, disks=disks)
    return replace(machine, node=claim.node, node_uid=claim.node_uid, spec=spec)


def image_claimed(machine: VirtualMachine, image: str, base: BaseImage) -> VirtualMachine:
    """`machine` with what is known of an image that it holds now."""
    disks = tuple(
        replace(disk, base=base) if disk.image == image else disk for disk in machine.spec.disks
    )
    return replace(machine, spec=replace(machine.spec, disks=disks))


def room_claimed(machine: VirtualMachine, disk_id: str, pool_uid: str) -> VirtualMachine:
    """`machine` with room for a disk in a storage pool."""
    disks = tuple(
        replace(disk, pool_uid=pool_uid) if disk.disk_id == disk_id else disk
        for disk in machine.spec.disks
    )
    return replace(machine, spec=replace(machine.spec, disks=disks))


def port_made(machine: VirtualMachine, position: int, port: PortBinding) -> VirtualMachine:
    """`machine` with the port of the network card at `position`."""
    nics = tuple(
        replace(nic, port=port) if place == position else nic
        for place, nic in enumerate(machine.spec.nics)
    )
    return replace(machine, spec=replace(machine.spec, nics=nics))


def observed_as(machine: VirtualMachine, seen: Observed) -> VirtualMachine:
    """`machine` after its host told `seen`; late news changes nothing.

    The same seen again keeps its first time, so that repeating it writes nothing: how fresh it is
    follows from when the host last told anything.
    """
    known = machine.observed
    if known is not None and seen.older_than(known):
        return machine
    if known is not None and replace(seen, observe_time=known.observe_time) == known:
        return replace(machine, doubtful=False)
    made = machine.provisioned or (
        seen.state.defined and seen.generation > 0 and not machine.removing
    )
    return replace(machine, observed=seen, doubtful=False, provisioned=made)


def overtaken(machine: VirtualMachine, host_generation: int) -> VirtualMachine:
    """`machine` whose host holds something newer than was ever stored here: count on from there.

    So it is after an older state of the database was restored.
    """
    if machine.host_generation > host_generation:
        return machine
    return replace(machine, host_generation=host_generation + 1)


def protected(machine: VirtualMachine) -> VirtualMachine:
    """`machine` whose host shall hold the protection that is wanted now."""
    due = machine.due_protection
    if machine.protection == due:
        return machine
    generation = machine.host_generation + 1
    return replace(
        machine, protection=due, host_generation=generation, protection_generation=generation
    )


def cut(machine: VirtualMachine) -> VirtualMachine:
    """`machine` whose guest had its grace: the power goes."""
    work = machine.work
    if work is None or work.cut:
        return machine
    return replace(
        machine, work=replace(work, cut=True), host_generation=machine.host_generation + 1
    )


def undone(machine: VirtualMachine, failure: OperationFailure) -> VirtualMachine:
    """`machine` on its way back: kept and powered off if its disks exist, else removed whole."""
    work = machine.work
    if work is None or work.failing is not None:
        return machine
    return replace(
        machine,
        work=replace(work, failing=failure),
        removing=not machine.provisioned,
        released=frozenset(),
        host_generation=machine.host_generation + 1,
    )


def removal_begun(machine: VirtualMachine) -> VirtualMachine:
    """`machine` of which nothing shall be left on its host."""
    if machine.removing:
        return machine
    return replace(
        machine,
        removing=True,
        released=frozenset(),
        host_generation=machine.host_generation + 1,
    )


def released(machine: VirtualMachine, what: Released) -> VirtualMachine:
    """`machine` after it gave `what` back."""
    spec = machine.spec
    done = replace(machine, released=machine.released | {what})
    match what:
        case Released.PORTS:
            nics = tuple(replace(nic, port=None) for nic in spec.nics)
            return replace(done, spec=replace(spec, nics=nics))
        case Released.IMAGES:
            disks = tuple(replace(disk, base=None) for disk in spec.disks)
            return replace(done, spec=replace(spec, disks=disks))
        case Released.POOLS:
            disks = tuple(replace(disk, pool_uid=None) for disk in spec.disks)
            return replace(done, spec=replace(spec, disks=disks))
        case Released.PLACEMENT:
            return replace(
                done, node="", node_uid=None, observed=None, provisioned=False, doubtful=False
            )


def finished(machine: VirtualMachine) -> VirtualMachine:
    """`machine` at rest after its operation reached its goal."""
    return replace(machine, work=None, last_error=None)


def failed(machine: VirtualMachine, failure: OperationFailure) -> VirtualMachine:
    """`machine` at rest after its operation failed; what was wanted by it is wanted no more.

    A guest that ignored its shutdown runs on and is wanted to.
    """
    work = machine.work
    if work is None:
        return machine
    back_on = work.verb is Verb.SHUTDOWN
    told_already = work.failing is not None
    return replace(
        machine,
        work=None,
        last_error=failure,
        power_wish=PowerWish.ON if back_on else PowerWish.OFF,
        generation=machine.generation + 1,
        host_generation=machine.host_generation + (0 if told_already else 1),
    )


def terminated(machine: VirtualMachine, now: datetime) -> VirtualMachine:
    """`machine` of which nothing is left but its record."""
    return replace(machine, work=None, last_error=None, terminate_time=now)


def swept(machine: VirtualMachine) -> VirtualMachine:
    """`machine` after everything was released once more."""
    return replace(machine, swept=True)


def doubted(machine: VirtualMachine) -> VirtualMachine:
    """`machine` whose host stopped answering: what was seen last is no longer known to hold."""
    if machine.observed is None or machine.observed.state is ObservedState.ABSENT:
        return machine
    return replace(machine, doubtful=True)
