"""What a machine asks of a host, and why it got the one it got."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from qvdc_vm.domain.values import POOL_PREFIX, HostUid, PlacementWishes, Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one machine needs of its cluster's hosts."""

    cluster: str
    vcpu_count: int
    memory_bytes: int
    disk_bytes: int
    storage_pool: str
    networks: tuple[str, ...]
    image: str
    wishes: PlacementWishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One reason why a host cannot take a machine; numbers are in the unit of the message."""

    reason: str
    message: str
    needed: int | None = None
    available: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostVerdict:
    """What one host could offer; a higher score is better."""

    node: str
    node_uid: HostUid
    fits: bool
    score: float = 0.0
    obstacles: tuple[Obstacle, ...] = ()
    score_parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementPlan:
    """A decision and how it came about.

    Args:
        node: name of the chosen node; "" when none fits.
        projection_age_seconds: how old what was known of the hosts is.
    """

    node: str
    node_uid: HostUid
    verdicts: tuple[HostVerdict, ...] = ()
    projection_age_seconds: int = 0
    stale: bool = False

    @property
    def explanation(self) -> str:
        """All verdicts against, one host after the other, for people."""
        return "; ".join(
            f"{verdict.node}: {', '.join(each.message or each.reason for each in against)}"
            for verdict in self.verdicts
            if (against := verdict.obstacles) and not verdict.fits
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementClaim:
    """Capacity held for one machine on one host.

    Args:
        storage_pool: where disks without a pool of their own go; "" is the host's own folder.
    """

    node: str
    node_uid: HostUid
    plan: PlacementPlan
    storage_pool: str = ""


def demand_of(spec: Spec) -> Demand:
    """What a machine of `spec` needs; disks whose size is their image's count as nothing yet, and
    disks that name another pool than the one that is asked for are left to its owner."""
    pool = _pool_of(spec)
    return Demand(
        cluster=spec.cluster,
        vcpu_count=spec.vcpu_count,
        memory_bytes=spec.memory_bytes,
        disk_bytes=sum(disk.effective_size_bytes for disk in spec.disks if disk.pool in ("", pool)),
        storage_pool=pool,
        networks=tuple(dict.fromkeys(nic.network for nic in spec.nics)),
        image=next(iter(spec.images), ""),
        wishes=spec.wishes,
    )


def _pool_of(spec: Spec) -> str:
    """The pool that a host must have: the first storage pool that a disk names."""
    named = [disk.pool for disk in spec.disks if disk.pool]
    return next((pool for pool in named if pool.startswith(POOL_PREFIX)), "".join(named[:1]))
