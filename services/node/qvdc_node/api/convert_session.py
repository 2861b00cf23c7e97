"""Between the wire and what hosts are told with their sessions."""

from quantix.host.v1 import session_pb2 as pb
from qvdc_node.domain.member_set import MemberSet
from qvdc_node.domain.phase import OpenFences


def member_set_to_wire(held: MemberSet) -> pb.MemberSet:
    """Write a member set."""
    return pb.MemberSet(
        site_term=held.site_term,
        version=held.version,
        members=[
            pb.Member(uid=each.uid, address=each.address, port=each.port) for each in held.members
        ],
    )


def open_incidents_to_wire(fences: OpenFences) -> pb.OpenIncidents:
    """Write the fences that stand."""
    return pb.OpenIncidents(
        revision=fences.revision,
        incidents=[
            pb.OpenIncident(incident=incident, node_uid=uid)
            for uid, incident in sorted(fences.incidents.items())
        ],
    )
