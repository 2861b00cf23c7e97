"""Between the wire and what hosts are told with their sessions."""

from datetime import timedelta
from functools import lru_cache

from google.protobuf.duration_pb2 import Duration

from quantix.host.v1 import session_pb2 as pb
from qvdc_node.domain.member_set import MemberSet
from qvdc_node.domain.phase import OpenFences
from qvdc_node.domain.terms import Grant


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


@lru_cache(maxsize=64)
def duration_of(interval: timedelta) -> Duration:
    """Write an interval; the same message each time, for every beat's answer carries one."""
    message = Duration()
    message.FromTimedelta(interval)
    return message


@lru_cache(maxsize=64)
def terms_to_wire(grant: Grant) -> pb.HostTerms:
    """Write what a host is told."""
    told = grant.told
    return pb.HostTerms(
        heartbeat_interval=duration_of(told.interval),
        session_ttl=duration_of(told.session),
        ladder_end=duration_of(told.ladder),
        version=grant.version,
    )
