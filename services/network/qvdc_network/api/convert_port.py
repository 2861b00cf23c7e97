"""Ports on the wire."""

from quantix.host.v1 import port_sync_pb2
from quantix.network.v1 import port_pb2 as pb
from qvdc_network.api.convert import labels_of, time_to_wire
from qvdc_network.domain.port import PluggedPort, Port, PortDraft, PortFilter, PortStatus

STATUS_TO_WIRE = {
    PortStatus.PENDING: pb.Port.STATUS_PENDING,
    PortStatus.BUILD: pb.Port.STATUS_BUILD,
    PortStatus.ACTIVE: pb.Port.STATUS_ACTIVE,
    PortStatus.DOWN: pb.Port.STATUS_DOWN,
    PortStatus.ERROR: pb.Port.STATUS_ERROR,
}


def draft_of(port: pb.Port) -> PortDraft:
    """What a request asks of a port."""
    return PortDraft(
        display_name=port.display_name if port.HasField("display_name") else None,
        description=port.description,
        labels=dict(port.labels),
        network=port.network,
        mac=port.mac,
        fixed_ips=tuple(port.fixed_ips),
        owner=port.owner,
        owner_uid=port.owner_uid,
        hostname=port.hostname,
        admin_up=port.admin_up if port.HasField("admin_up") else None,
    )


def filter_of(request: pb.ListPortsRequest) -> PortFilter:
    """Which ports a list asks for."""
    return PortFilter(
        name_prefix=request.name_prefix,
        labels=labels_of(request.labels),
        query=request.query,
        network=request.network.removeprefix("networks/"),
        owner=request.owner,
    )


def port_to_wire(port: Port) -> pb.Port:
    """A port as it was last seen."""
    seen = port.observed
    return pb.Port(
        name=port.name,
        uid=port.uid,
        display_name=port.display_name,
        description=port.description,
        labels=port.labels,
        etag=port.etag,
        generation=port.generation,
        create_time=time_to_wire(port.create_time),
        update_time=time_to_wire(port.update_time),
        network=port.network_name,
        mac=port.mac,
        fixed_ips=[str(each) for each in port.fixed_ips],
        owner=port.owner,
        owner_uid=port.owner_uid,
        hostname=port.hostname,
        admin_up=port.admin_up,
        status=STATUS_TO_WIRE[seen.status],
        status_message=seen.message,
        node_uid=seen.node_uid,
        bound=seen.bound,
        mtu=port.mtu,
        observe_time=time_to_wire(seen.time),
    )


def plugged_of(port: port_sync_pb2.PluggedPort) -> PluggedPort:
    """What a host reports of one port."""
    return PluggedPort(
        port_uid=port.port_uid,
        interface=port.interface,
        link_up=port.link_up if port.HasField("link_up") else None,
        change_count=port.change_count,
    )
