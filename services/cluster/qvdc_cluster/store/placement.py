"""Capacity claims in PostgreSQL."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_cluster.domain.claim import Claim
from qvdc_cluster.domain.cluster import ClusterUid
from qvdc_cluster.domain.placement import Host, Promised
from qvdc_cluster.store.node_rows import COLUMNS, node_of
from qvdc_cluster.store.pools import PoolRepository
from qvdc_cluster.store.tables import claims, machines, memberships, nodes

_CLAIM = TypeAdapter(Claim)


class PlacementRepository:
    """Promised capacity, in one transaction.

    A machine is counted by its claim; one that was seen on a host without a claim (found there,
    or claimed before a restore) is counted by what was seen.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._pools = PoolRepository(session)

    async def hosts(self, cluster: ClusterUid) -> Sequence[Host]:
        """The members of a cluster with what each has promised, by name."""
        rows = await self._session.execute(
            select(*COLUMNS)
            .join(memberships, memberships.c.node_uid == nodes.c.uid)
            .where(memberships.c.cluster_uid == cluster)
            .order_by(nodes.c.name)
        )
        found = [node_of(row) for row in rows]
        uids = [node.uid for node in found]
        promised, pools = await self._promised(uids), await self._pools.of_nodes(uids)
        return [
            Host(node, promised.get(node.uid, Promised()), pools.get(node.uid, ()))
            for node in found
        ]

    async def find(self, vm_uid: str) -> Claim | None:
        """The claim of a machine."""
        stored = await self._session.scalar(select(claims.c.claim).where(claims.c.vm_uid == vm_uid))
        return None if stored is None else _CLAIM.validate_python(stored)

    async def put(self, claim: Claim) -> None:
        """Store a new claim."""
        await self._session.execute(
            claims.insert().values(
                vm_uid=claim.vm_uid,
                vm=claim.vm,
                cluster_uid=claim.cluster_uid,
                node_uid=claim.node_uid,
                vcpu_count=claim.demand.vcpu_count,
                memory_bytes=claim.demand.memory_bytes,
                disk_bytes=claim.demand.disk_bytes,
                pool=claim.pool,
                create_time=claim.create_time,
                claim=_CLAIM.dump_python(claim, mode="json"),
            )
        )

    async def release(self, vm_uid: str) -> None:
        """Delete the claim of a machine, if there is one."""
        await self._session.execute(claims.delete().where(claims.c.vm_uid == vm_uid))

    async def release_orphans(self, *, older_than: datetime) -> Sequence[str]:
        """Delete claims made before `older_than` for machines nobody knows; name those machines."""
        known = select(machines.c.uid).where(machines.c.uid == claims.c.vm_uid)
        gone = await self._session.scalars(
            claims.delete()
            .where(claims.c.create_time < older_than, ~known.exists())
            .returning(claims.c.vm)
        )
        return sorted(gone)

    async def _promised(self, uids: Sequence[str]) -> dict[str, Promised]:
        claimed = select(claims.c.vm_uid).where(claims.c.vm_uid == machines.c.uid)
        numbers = ("node_uid", "vcpu_count", "memory_bytes", "disk_bytes")
        taken = union_all(
            select(*(claims.c[name] for name in numbers), claims.c.pool).where(
                claims.c.node_uid.in_(uids)
            ),
            select(*(machines.c[name] for name in numbers), literal("").label("pool")).where(
                machines.c.node_uid.in_(uids), ~claimed.exists()
            ),
        ).subquery()
        rows = await self._session.execute(
            select(
                taken.c.node_uid,
                taken.c.pool,
                func.sum(taken.c.vcpu_count).label("vcpu_count"),
                func.sum(taken.c.memory_bytes).label("memory_bytes"),
                func.sum(taken.c.disk_bytes).label("disk_bytes"),
            ).group_by(taken.c.node_uid, taken.c.pool)
        )
        vcpus: dict[str, int] = defaultdict(int)
        memory: dict[str, int] = defaultdict(int)
        disks: dict[str, dict[str, int]] = defaultdict(dict)
        for row in rows:
            vcpus[row.node_uid] += int(row.vcpu_count)
            memory[row.node_uid] += int(row.memory_bytes)
            disks[row.node_uid][row.pool] = int(row.disk_bytes)
        return {
            uid: Promised(vcpu_count=vcpus[uid], memory_bytes=memory[uid], disk_bytes=disks[uid])
            for uid in vcpus
        }
