"""Networks on the wire."""

from datetime import datetime

from quantix.network.v1 import network_pb2 as pb
from qvdc_network.api.convert import labels_of, time_to_wire
from qvdc_network.domain.address import count
from qvdc_network.domain.network import (
    Network,
    NetworkFilter,
    NetworkPhase,
    NetworkSpec,
    NetworkType,
)
from qvdc_network.domain.network_rules import NO_GATEWAY, NetworkDraft
from qvdc_network.domain.ovn_plan import NetworkPlan, RowChange, Step, text_of
from qvdc_network.domain.port import HeldAddress

TYPE_TO_WIRE = {
    NetworkType.VLAN: pb.Network.TYPE_VLAN,
    NetworkType.OVERLAY: pb.Network.TYPE_OVERLAY,
    NetworkType.EXTERNAL: pb.Network.TYPE_EXTERNAL,
    NetworkType.ISOLATED: pb.Network.TYPE_ISOLATED,
}
TYPE_FROM_WIRE = {wire: kind for kind, wire in TYPE_TO_WIRE.items()}
PHASE_TO_WIRE = {
    NetworkPhase.PENDING: pb.Network.PHASE_PENDING,
    NetworkPhase.APPLYING: pb.Network.PHASE_APPLYING,
    NetworkPhase.READY: pb.Network.PHASE_READY,
    NetworkPhase.DEGRADED: pb.Network.PHASE_DEGRADED,
    NetworkPhase.ERROR: pb.Network.PHASE_ERROR,
    NetworkPhase.DELETING: pb.Network.PHASE_DELETING,
}
PHASE_FROM_WIRE = {wire: phase for phase, wire in PHASE_TO_WIRE.items()}
CHANGE_TO_WIRE = {
    RowChange.CREATE: pb.PlannedRow.CHANGE_CREATE,
    RowChange.UPDATE: pb.PlannedRow.CHANGE_UPDATE,
    RowChange.DELETE: pb.PlannedRow.CHANGE_DELETE,
}


def draft_of(network: pb.Network) -> NetworkDraft:
    """What a request asks of a network."""
    dhcp = network.dhcp
    return NetworkDraft(
        display_name=network.display_name if network.HasField("display_name") else None,
        description=network.description,
        labels=dict(network.labels),
        type=TYPE_FROM_WIRE.get(network.type),
        vlan_id=network.vlan_id if network.HasField("vlan_id") else None,
        switch=network.switch,
        cidr=network.ipv4.cidr,
        gateway=network.ipv4.gateway,
        mtu=network.mtu if network.HasField("mtu") else None,
        dhcp_enabled=dhcp.enabled if dhcp.HasField("enabled") else None,
        dhcp_ranges=tuple((each.first, each.last) for each in dhcp.ranges),
        lease_seconds=dhcp.lease_seconds if dhcp.HasField("lease_seconds") else None,
        dns_servers=tuple(dhcp.dns_servers),
        domain=dhcp.domain,
        ntp_servers=tuple(dhcp.ntp_servers),
        reserved=tuple(network.reserved),
        port_security=network.port_security if network.HasField("port_security") else None,
        admin_up=network.admin_up if network.HasField("admin_up") else None,
    )


def filter_of(request: pb.ListNetworksRequest) -> NetworkFilter:
    """Which networks a list asks for."""
    return NetworkFilter(
        name_prefix=request.name_prefix,
        labels=labels_of(request.labels),
        query=request.query,
        types=tuple(TYPE_FROM_WIRE[kind] for kind in request.types),
        phases=tuple(PHASE_FROM_WIRE[phase] for phase in request.phases),
    )


def network_to_wire(
    network: Network, *, now: datetime, plan: NetworkPlan | None = None
) -> pb.Network:
    """A network as it stands at `now`."""
    spec = network.spec
    phase, message = network.phase(now)
    wire = pb.Network(
        name=network.name,
        uid=network.uid,
        display_name=spec.display_name,
        description=spec.description,
        labels=spec.labels,
        etag=network.etag,
        generation=network.generation,
        create_time=time_to_wire(network.create_time),
        update_time=time_to_wire(network.update_time),
        type=TYPE_TO_WIRE[spec.type],
        vlan_id=spec.vlan_id,
        switch=spec.switch,
        ipv4=_subnet(spec),
        mtu=spec.mtu,
        dhcp=_dhcp(spec),
        reserved=[str(each) for each in spec.reserved],
        port_security=spec.port_security,
        admin_up=spec.admin_up,
        phase=PHASE_TO_WIRE[phase],
        phase_message=message,
        addresses=_counts(network),
        port_count=network.port_count,
        observe_time=time_to_wire(network.observed.time),
    )
    if plan is not None:
        wire.plan.CopyFrom(_plan(plan))
    return wire


def address_to_wire(held: HeldAddress) -> pb.HeldAddress:
    """An address with its holder."""
    return pb.HeldAddress(address=str(held.address), port=held.port, mac=held.mac, owner=held.owner)


def _subnet(spec: NetworkSpec) -> pb.Subnet | None:
    if spec.subnet is None:
        return None
    gateway = str(spec.subnet.gateway) if spec.subnet.gateway else NO_GATEWAY
    return pb.Subnet(cidr=str(spec.subnet.cidr), gateway=gateway)


def _dhcp(spec: NetworkSpec) -> pb.DhcpSettings:
    dhcp = spec.dhcp
    return pb.DhcpSettings(
        enabled=dhcp.enabled,
        ranges=[
            pb.AddressRange(first=str(each.first), last=str(each.last)) for each in dhcp.ranges
        ],
        lease_seconds=dhcp.lease_seconds,
        dns_servers=[str(each) for each in dhcp.dns_servers],
        domain=dhcp.domain,
        ntp_servers=[str(each) for each in dhcp.ntp_servers],
    )


def _counts(network: Network) -> pb.AddressCounts:
    counts = count(network.spec, network.used_count)
    return pb.AddressCounts(
        total_count=counts.total,
        used_count=counts.used,
        reserved_count=counts.reserved,
        free_count=counts.free,
    )


def _plan(plan: NetworkPlan) -> pb.NetworkPlan:
    return pb.NetworkPlan(
        summary=plan.summary,
        rows=[_planned_row(step) for step in plan.steps],
        warnings=plan.warnings,
    )


def _planned_row(step: Step) -> pb.PlannedRow:
    shown = step.changed if step.change is RowChange.UPDATE else tuple(step.row.columns)
    return pb.PlannedRow(
        change=CHANGE_TO_WIRE[step.change],
        table=step.row.table.value,
        key=step.row.key,
        columns={
            name: text_of(step.row.columns[name]) for name in shown if name in step.row.columns
        },
    )
