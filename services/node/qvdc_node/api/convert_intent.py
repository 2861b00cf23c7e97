"""Between the wire and what people want of nodes."""

from collections.abc import Iterable

from quantix.node.v1 import node_pb2 as pb
from qvdc_core.errors import InvalidField
from qvdc_node.api.fields import enum_name, present, suffix
from qvdc_node.domain.facility import Bmc, BmcKind, Eviction, FailureDomain, Overcommit
from qvdc_node.domain.node import Drain, Intent, Role
from qvdc_node.domain.taint import Effect, Taint, unique


def intent_of(wire: pb.Node) -> Intent:
    """Read what an update may change."""
    return Intent(
        display_name=present(wire, "display_name", wire.display_name),
        description=present(wire, "description", wire.description),
        labels=dict(wire.labels),
        taints=taints_of(wire.taints),
        roles=roles_of(wire.roles),
        reserved_cores=present(wire, "reserved_cores", wire.reserved_cores),
        reserved_memory_bytes=present(wire, "reserved_memory_bytes", wire.reserved_memory_bytes),
        overcommit=Overcommit(
            cpu_ratio=present(wire.overcommit, "cpu_ratio", wire.overcommit.cpu_ratio),
            memory_ratio=present(wire.overcommit, "memory_ratio", wire.overcommit.memory_ratio),
        ),
        failure_domain=FailureDomain(
            room=wire.failure_domain.room,
            rack=wire.failure_domain.rack,
            feed=wire.failure_domain.feed,
        ),
        bmc=_bmc_of(wire.bmc) if wire.HasField("bmc") else None,
    )


def overcommit_to_wire(overcommit: Overcommit) -> pb.NodeOvercommit | None:
    """Write a node's own ratios; none is unset."""
    if overcommit == Overcommit():
        return None
    return pb.NodeOvercommit(cpu_ratio=overcommit.cpu_ratio, memory_ratio=overcommit.memory_ratio)


def failure_domain_to_wire(domain: FailureDomain) -> pb.FailureDomain | None:
    """Write what a node shares with others; nothing is unset."""
    if domain == FailureDomain():
        return None
    return pb.FailureDomain(room=domain.room, rack=domain.rack, feed=domain.feed)


def bmc_to_wire(bmc: Bmc | None) -> pb.BoardController | None:
    """Write a board controller, without its secret."""
    if bmc is None:
        return None
    return pb.BoardController(
        address=bmc.address,
        user=bmc.user,
        kind=f"KIND_{bmc.kind.value}",
        secret_set=bmc.secret_set,
    )


def eviction_to_wire(eviction: Eviction | None) -> pb.Eviction | None:
    """Write what taints ask to leave."""
    if eviction is None:
        return None
    return pb.Eviction(
        taints=eviction.taints,
        virtual_machines=eviction.machines,
        virtual_machine_count=eviction.count,
    )


def _bmc_of(wire: pb.BoardController) -> Bmc:
    kind = suffix(enum_name(pb.BoardController.Kind, wire.kind), "KIND_")
    return Bmc(address=wire.address, user=wire.user, kind=BmcKind(kind))


def taints_of(wire: Iterable[pb.Taint]) -> tuple[Taint, ...]:
    """Read taints; the last of a key and effect counts."""
    return unique(tuple(taint_of(each) for each in wire))


def taint_of(wire: pb.Taint) -> Taint:
    """Read a taint."""
    effect = effect_of(wire.effect)
    if effect is None:
        raise InvalidField("taint.effect", "is needed")
    return Taint(key=wire.key, value=wire.value, effect=effect)


def effect_of(wire: int) -> Effect | None:
    """Read a taint's effect; unspecified is none."""
    name = suffix(enum_name(pb.Taint.Effect, wire), "EFFECT_")
    return None if name == "UNSPECIFIED" else Effect(name)


def taints_to_wire(taints: Iterable[Taint]) -> list[pb.Taint]:
    """Write taints."""
    return [
        pb.Taint(key=each.key, value=each.value, effect=f"EFFECT_{each.effect.value}")
        for each in taints
    ]


def roles_of(wire: Iterable[int]) -> tuple[Role, ...]:
    """Read roles."""
    return tuple(Role(suffix(enum_name(pb.Node.Role, each), "ROLE_")) for each in wire)


def roles_to_wire(roles: Iterable[Role]) -> list[str]:
    """Write roles."""
    return [f"ROLE_{role.value}" for role in roles]


def drain_to_wire(drain: Drain) -> pb.Drain:
    """Write how emptying a node goes."""
    return pb.Drain(
        operation=f"operations/{drain.operation}",
        blockers=[
            pb.DrainBlocker(virtual_machine=each.machine, reason=each.reason, message=each.message)
            for each in drain.blockers
        ],
        blocker_count=drain.blocker_count,
    )
