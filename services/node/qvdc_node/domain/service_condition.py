"""Conditions that follow from what the service knows of a host, told with those it reports."""

from datetime import datetime, timedelta

from qvdc_node.domain.inventory import Condition, Status
from qvdc_node.domain.node import Node
from qvdc_node.domain.registration import PROTOCOL_HIGHEST, PROTOCOL_LOWEST

ENDS_SOON = timedelta(days=3)
"""A host renews when a third of the 30 days is left: one this near its end could not."""


def service_conditions(node: Node, now: datetime) -> tuple[Condition, ...]:
    """Return CertificateValid and VersionSupported of `node`."""
    return _certificate(node, now), _version(node)


def _certificate(node: Node, now: datetime) -> Condition:
    kind, ends = "CertificateValid", node.certificate_expire_time
    if ends is None:
        return Condition(type=kind, status=Status.UNKNOWN, reason="NONE_SIGNED")
    if ends <= now:
        return Condition(type=kind, status=Status.FALSE, reason="EXPIRED", since=ends)
    if ends - now < ENDS_SOON:
        message = f"It ends at {ends.isoformat()} and was not renewed."
        since = ends - ENDS_SOON
        return Condition(
            type=kind, status=Status.FALSE, reason="ENDS_SOON", message=message, since=since
        )
    return Condition(type=kind, status=Status.TRUE)


def _version(node: Node) -> Condition:
    kind, system = "VersionSupported", node.observed.system
    if not system.protocol_highest:
        return Condition(type=kind, status=Status.UNKNOWN, reason="NOT_TOLD")
    spoken = f"{system.protocol_lowest} to {system.protocol_highest}"
    message = f"It speaks protocol {spoken}, this release {PROTOCOL_LOWEST} to {PROTOCOL_HIGHEST}."
    low = system.protocol_lowest > PROTOCOL_HIGHEST
    if low or system.protocol_highest < PROTOCOL_LOWEST:
        return Condition(
            type=kind, status=Status.FALSE, reason="VERSION_UNSUPPORTED", message=message
        )
    return Condition(type=kind, status=Status.TRUE)
