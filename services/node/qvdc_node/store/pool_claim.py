"""The rows of room that disks hold in storage pools."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, case, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.page import Page, PageRequest
from qvdc_db.pagination import fetch_page
from qvdc_node.domain.node import NodeUid
from qvdc_node.domain.pool import PoolType, PoolUid, Provisioning
from qvdc_node.domain.pool_claim import PoolClaim, Taken
from qvdc_node.store.pool_tables import pool_claims, storage_pools
from qvdc_node.store.tables import nodes

SHOWN = 20


class PoolClaimRows:
    """The claims, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, owner_uid: str, disk_id: str) -> PoolClaim | None:
        """Return a disk's claim."""
        found = await self._session.execute(
            _CLAIMS.where(pool_claims.c.owner_uid == owner_uid, pool_claims.c.disk_id == disk_id)
        )
        row = found.one_or_none()
        return None if row is None else _claim(row)

    async def put(self, claim: PoolClaim) -> PoolClaim:
        """Store a claim, in place of one of the same disk; return it as stored."""
        new = insert(pool_claims).values(
            owner_uid=claim.owner_uid,
            disk_id=claim.disk_id,
            owner=claim.owner,
            pool_uid=claim.pool_uid,
            node_uid=claim.node_uid,
            size_bytes=claim.size_bytes,
            provisioning=claim.provisioning.value,
            generation=1,
            create_time=claim.create_time,
        )
        changing = ("owner", "pool_uid", "node_uid", "size_bytes", "provisioning")
        await self._session.execute(
            new.on_conflict_do_update(
                index_elements=["owner_uid", "disk_id"],
                set_={
                    **{name: new.excluded[name] for name in changing},
                    "generation": pool_claims.c.generation + 1,
                },
            )
        )
        stored = await self.find(claim.owner_uid, claim.disk_id)
        assert stored is not None, "it was just written in this transaction"
        return stored

    async def remove(self, owner_uid: str, disk_id: str) -> frozenset[tuple[PoolUid, NodeUid]]:
        """Give back the room of a disk, "" for all of the owner; return where that was."""
        mine = pool_claims.c.owner_uid == owner_uid
        if disk_id:
            mine &= pool_claims.c.disk_id == disk_id
        gone = await self._session.execute(
            delete(pool_claims)
            .where(mine)
            .returning(pool_claims.c.pool_uid, pool_claims.c.node_uid)
        )
        return frozenset((PoolUid(row.pool_uid), NodeUid(row.node_uid)) for row in gone)

    async def taken(self, pool: PoolUid, node: NodeUid | None, *, but: tuple[str, str]) -> Taken:
        """Return what disks other than `but` hold of a pool, on one node or anywhere."""
        size = pool_claims.c.size_bytes
        thick = case((pool_claims.c.provisioning == Provisioning.THICK.value, size), else_=0)
        query = select(
            func.coalesce(func.sum(size), 0).label("all"),
            func.coalesce(func.sum(thick), 0).label("thick"),
        ).where(
            pool_claims.c.pool_uid == pool,
            tuple_(pool_claims.c.owner_uid, pool_claims.c.disk_id) != tuple_(*but),
        )
        if node is not None:
            query = query.where(pool_claims.c.node_uid == node)
        row = (await self._session.execute(query)).one()
        return Taken(int(row.all), int(row.thick))

    async def holders(
        self, pool: PoolUid, nodes: Collection[NodeUid] | None
    ) -> tuple[Sequence[str], int]:
        """Return the first 20 owners of disks in a pool, on these nodes or all, and how many."""
        mine = pool_claims.c.pool_uid == pool
        if nodes is not None:
            mine &= pool_claims.c.node_uid.in_(nodes)
        owners = select(pool_claims.c.owner).where(mine).distinct()
        total = await self._session.scalar(select(func.count()).select_from(owners.subquery()))
        first = await self._session.scalars(owners.order_by(pool_claims.c.owner).limit(SHOWN))
        return list(first), int(total or 0)

    async def page(self, owner_uid: str, page: PageRequest) -> Page[PoolClaim]:
        """Return a page of claims by owner and disk, of one owner or all."""
        query = _CLAIMS
        if owner_uid:
            query = query.where(pool_claims.c.owner_uid == owner_uid)
        rows, token = await fetch_page(
            self._session,
            query,
            keys=[pool_claims.c.owner_uid, pool_claims.c.disk_id],
            page=page,
            bound=owner_uid,
        )
        return Page(tuple(_claim(row) for row in rows), token)


_CLAIMS = (
    select(
        pool_claims,
        storage_pools.c.id.label("pool_id"),
        storage_pools.c.type.label("pool_type"),
        nodes.c.id.label("node_id"),
    )
    .join(storage_pools, storage_pools.c.uid == pool_claims.c.pool_uid)
    .outerjoin(nodes, nodes.c.uid == pool_claims.c.node_uid)
)


def _claim(row: Row[Any]) -> PoolClaim:
    return PoolClaim(
        owner_uid=row.owner_uid,
        disk_id=row.disk_id,
        owner=row.owner,
        pool_uid=PoolUid(row.pool_uid),
        node_uid=NodeUid(row.node_uid),
        size_bytes=row.size_bytes,
        provisioning=Provisioning(row.provisioning),
        create_time=row.create_time,
        generation=row.generation,
        pool=f"storage-pools/{row.pool_id}",
        node="" if row.node_id is None else f"nodes/{row.node_id}",
        type=PoolType(row.pool_type),
    )
