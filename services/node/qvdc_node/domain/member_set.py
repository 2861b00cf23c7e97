"""Member sets: who votes in a cluster (PROTOCOLS 1 and 4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qvdc_node.domain.inventory import Address, Purpose
from qvdc_node.domain.node import Mode


@dataclass(frozen=True, slots=True)
class ClusterView:
    """What this service needs to know of a cluster: its nodes by name, and within how many seconds
    their silence shall be found."""

    nodes: tuple[str, ...]
    detection_seconds: int


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """A voting host, and where its guardian serves its peers."""

    uid: str
    address: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSet:
    """The voting hosts of a cluster at one time.

    Args:
        version: grows over all clusters, so that a host that changes its cluster takes the new
            one's. Compared after `site_term`.
    """

    cluster: str
    site_term: int
    version: int
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voter:
    """What decides whether a host votes."""

    uid: str
    cluster: str
    mode: Mode
    draining: bool
    addresses: tuple[Address, ...]


def members_of(voters: Iterable[Voter]) -> Mapping[str, tuple[Member, ...]]:
    """Return the members of each cluster by uid.

    A host leaves when it is in maintenance and empty, not when it falls silent: a set that shrank
    by silence would let the silent half vote too. One that serves no peers cannot vote.
    """
    found: dict[str, list[Member]] = {}
    for voter in voters:
        if not voter.cluster or (voter.mode is Mode.MAINTENANCE and not voter.draining):
            continue
        served = next((a for a in voter.addresses if a.purpose is Purpose.GUARDIAN), None)
        if served is not None and served.port:
            member = Member(voter.uid, served.ip, served.port)
            found.setdefault(voter.cluster, []).append(member)
    return {cluster: tuple(sorted(members)) for cluster, members in found.items()}


def due(
    wanted: Mapping[str, tuple[Member, ...]], stored: Mapping[str, MemberSet], *, site_term: int
) -> tuple[MemberSet, ...]:
    """Return the sets to store anew: members that changed, and all of an older site term."""
    version = max((each.version for each in stored.values()), default=0)
    changed: list[MemberSet] = []
    for cluster in sorted(wanted):
        held = stored.get(cluster)
        if held is None or held.members != wanted[cluster] or held.site_term < site_term:
            version += 1
            changed.append(
                MemberSet(
                    cluster=cluster,
                    site_term=site_term,
                    version=version,
                    members=wanted[cluster],
                )
            )
    return tuple(changed)
