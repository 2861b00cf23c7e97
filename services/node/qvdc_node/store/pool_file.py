"""Files of storage pools beside the claims, and disks of hosts, as pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    FromClause,
    Row,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.page import Page, PageRequest
from qvdc_db.pagination import fetch_page
from qvdc_node.domain.node import NodeUid, Phase
from qvdc_node.domain.pool import StoragePool
from qvdc_node.domain.pool_file import Device, FileKind, FoundFile, ListedFile
from qvdc_node.store.pool_tables import pool_claims, pool_files, pool_scans
from qvdc_node.store.tables import nodes

_DEAD = frozenset({Phase.OFFLINE.value, Phase.FENCED.value})


class PoolFileRows:
    """Files and devices, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(
        self, pool: StoragePool, nodes: Sequence[NodeUid], *, orphans_only: bool, page: PageRequest
    ) -> Page[ListedFile]:
        """Return a page of what `nodes` found, beside the claims, by node and path.

        A claim without a file is an orphan when it is older than a list that tells all.
        """
        listed = _listed(pool, nodes).subquery()
        query = select(listed)
        if orphans_only:
            query = query.where(listed.c.orphan)
        rows, token = await fetch_page(
            self._session,
            query,
            keys=[listed.c.node_id, listed.c.place],
            page=page,
            bound=(pool.uid, sorted(nodes), orphans_only),
        )
        return Page(tuple(_file(row) for row in rows), token)

    async def scans(
        self, pool: StoragePool, nodes_: Sequence[NodeUid]
    ) -> tuple[Sequence[str], datetime | None]:
        """Return the nodes that did not tell all, and the time of the oldest list."""
        found = await self._session.execute(
            select(nodes.c.id, pool_scans.c.truncated, pool_scans.c.scan_time)
            .join(nodes, nodes.c.uid == pool_scans.c.node_uid)
            .where(pool_scans.c.pool_uid == pool.uid, pool_scans.c.node_uid.in_(nodes_))
            .order_by(nodes.c.id)
        )
        rows = found.all()
        cut = [f"nodes/{row.id}" for row in rows if row.truncated]
        return cut, min((row.scan_time for row in rows), default=None)

    async def devices(self, node: str, page: PageRequest) -> Page[Device]:
        """Return a page of disks by node and path, of one node or all."""
        disk = func.jsonb_array_elements(nodes.c.inventory["disks"]).table_valued("value")
        value = disk.c.value.op("->>")
        listed = (
            select(
                nodes.c.id.label("node_id"),
                func.coalesce(value("path"), "").label("path"),
                func.coalesce(value("stable_id"), "").label("stable_id"),
                func.coalesce(value("model"), "").label("model"),
                cast(value("size_bytes"), BigInteger).label("size_bytes"),
                nodes.c.observe_time,
                nodes.c.phase,
            )
            .select_from(nodes)
            .join(disk, true())
        )
        if node:
            listed = listed.where(nodes.c.id == node.partition("/")[2])
        table = listed.subquery()
        rows, token = await fetch_page(
            self._session,
            select(table),
            keys=[table.c.node_id, table.c.path],
            page=page,
            bound=node,
        )
        return Page(tuple(_device(row) for row in rows), token)


def _listed(pool: StoragePool, uids: Sequence[NodeUid]) -> Select[Any]:
    found = select(pool_files).where(
        pool_files.c.pool_uid == pool.uid, pool_files.c.node_uid.in_(uids)
    ).subquery("found")  # fmt: skip
    claimed = select(pool_claims).where(pool_claims.c.pool_uid == pool.uid)
    if not pool.type.shared:
        claimed = claimed.where(pool_claims.c.node_uid.in_(uids))
    claim = claimed.subquery("claim")
    same = and_(found.c.owner_uid == claim.c.owner_uid, found.c.disk_id == claim.c.disk_id)
    if not pool.type.shared:
        same = and_(same, found.c.node_uid == claim.c.node_uid)
    scan = _scan(pool, uids).subquery("scan")
    both = found.outerjoin(claim, same, full=True)
    holder = func.coalesce(found.c.node_uid, claim.c.node_uid)
    missing = and_(found.c.path.is_(None), _expected(claim, scan))
    unknown = and_(claim.c.owner_uid.is_(None), found.c.kind == FileKind.DISK.value)
    lost = literal("~") + claim.c.owner_uid + literal("/") + claim.c.disk_id
    of_holder = true() if pool.type.shared else scan.c.node_uid == holder
    return (
        select(
            func.coalesce(nodes.c.id, "").label("node_id"),
            func.coalesce(found.c.path, lost).label("place"),
            found.c.path,
            found.c.kind,
            found.c.size_bytes,
            found.c.allocated_bytes,
            found.c.modify_time,
            func.coalesce(claim.c.owner_uid, found.c.owner_uid).label("owner_uid"),
            func.coalesce(claim.c.disk_id, found.c.disk_id).label("disk_id"),
            func.coalesce(claim.c.owner, "").label("owner"),
            claim.c.size_bytes.label("claimed_bytes"),
            case((or_(missing, unknown), true()), else_=~true()).label("orphan"),
        )
        .select_from(both)
        .outerjoin(nodes, nodes.c.uid == holder)
        .outerjoin(scan, of_holder)
    )


def _scan(pool: StoragePool, uids: Sequence[NodeUid]) -> Select[Any]:
    """The lists that tell all; of a shared pool there is one at most."""
    return select(pool_scans).where(
        pool_scans.c.pool_uid == pool.uid,
        pool_scans.c.node_uid.in_(uids[:1] if pool.type.shared else uids),
        ~pool_scans.c.truncated,
    )


def _expected(claim: FromClause, scan: FromClause) -> Any:
    """Whether the list would have shown the claim's file."""
    return and_(scan.c.scan_time.is_not(None), claim.c.create_time < scan.c.scan_time)


def _file(row: Row[Any]) -> ListedFile:
    return ListedFile(
        node=f"nodes/{row.node_id}" if row.node_id else "",
        found=FoundFile(
            path=row.path or "",
            kind=FileKind(row.kind or FileKind.DISK.value),
            size_bytes=row.size_bytes or 0,
            allocated_bytes=row.allocated_bytes or 0,
            modify_time=row.modify_time,
            owner_uid=row.owner_uid or "",
            disk_id=row.disk_id or "",
        ),
        owner=row.owner,
        claimed_bytes=row.claimed_bytes,
        orphan=row.orphan,
    )


def _device(row: Row[Any]) -> Device:
    return Device(
        node=f"nodes/{row.node_id}",
        path=row.path,
        stable_id=row.stable_id,
        model=row.model,
        size_bytes=row.size_bytes,
        observe_time=row.observe_time,
        stale=row.phase in _DEAD,
    )
