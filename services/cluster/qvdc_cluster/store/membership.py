"""Memberships in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Text, cast, func, literal, select, union
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_cluster.domain.cluster import Cluster, ClusterUid, NodeUid
from qvdc_cluster.domain.projection import Machine, Node
from qvdc_cluster.domain.refusals import NodeRemoved, NodesUnknownYet
from qvdc_cluster.store.node_rows import COLUMNS, machine_of, node_of
from qvdc_cluster.store.tables import (
    claims,
    clusters,
    machines,
    memberships,
    nodes,
    projections,
)
from qvdc_core.clock import Clock
from qvdc_core.errors import NotFound
from qvdc_core.ids import is_uuid
from qvdc_core.page import Page, PageRequest
from qvdc_db.pagination import fetch_page

FIRST_BLOCKERS = 20


class MembershipRepository:
    """Memberships and what is placed on members, in one transaction."""

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    async def node(self, ref: str) -> Node:
        """Read a node by the id or uid of its name.

        Raises:
            NodesUnknownYet: the node service was not heard yet.
            NodeRemoved: it was removed from the site.
            NotFound: there was never one.
        """
        # Asked first: a snapshot that is stored between the two questions is then no lie.
        heard = await self._session.scalar(_nodes_heard())
        rows = await self._session.execute(
            select(*COLUMNS).where(_is(ref)).order_by(nodes.c.removed).limit(1)
        )
        row = rows.one_or_none()
        if row is not None and row.removed:
            raise NodeRemoved(row.name)
        if row is not None:
            return node_of(row)
        if heard is None:
            raise NodesUnknownYet
        raise NotFound("node", f"nodes/{ref}")

    async def add(self, cluster: ClusterUid, node: Node) -> str:
        """Make `node` a member unless it is one of any cluster; return the name of its cluster.

        Of two transactions that add one node, the second waits for the first and sees it.
        """
        await self._session.execute(
            insert(memberships)
            .values(
                node_uid=node.uid,
                node=node.name,
                cluster_uid=cluster,
                add_time=self._clock.now(),
            )
            .on_conflict_do_nothing()
        )
        return await self.cluster_of(node.uid) or ""

    async def cluster_of(self, node: NodeUid) -> str | None:
        """Name of the cluster that the node belongs to."""
        found: str | None = await self._session.scalar(
            select(literal("clusters/") + clusters.c.id)
            .join(memberships, memberships.c.cluster_uid == clusters.c.uid)
            .where(memberships.c.node_uid == node)
        )
        return found

    async def find(self, cluster: ClusterUid, ref: str) -> Node | None:
        """The member with this id or uid, removed from the site or not."""
        column = memberships.c.node_uid if is_uuid(ref) else memberships.c.node
        wanted = ref if is_uuid(ref) else f"nodes/{ref}"
        rows = await self._session.execute(
            select(memberships.c.node_uid, memberships.c.node).where(
                memberships.c.cluster_uid == cluster, column == wanted
            )
        )
        row = rows.one_or_none()
        return None if row is None else Node(uid=NodeUid(row.node_uid), name=row.node)

    async def remove(self, cluster: ClusterUid, node: NodeUid) -> None:
        """End a membership."""
        await self._session.execute(
            memberships.delete().where(
                memberships.c.cluster_uid == cluster, memberships.c.node_uid == node
            )
        )

    async def placed_on(self, node: NodeUid) -> tuple[Sequence[str], int]:
        """Names of the first 20 machines seen or claimed on the node, and how many there are."""
        return await self._blockers(machines.c.node_uid == node, claims.c.node_uid == node)

    async def machines_of(self, cluster: Cluster) -> tuple[Sequence[str], int]:
        """Names of the first 20 machines of a cluster, seen or claimed, and how many there are."""
        return await self._blockers(
            machines.c.cluster == cluster.name, claims.c.cluster_uid == cluster.uid
        )

    async def _blockers(
        self, seen: ColumnElement[bool], claimed: ColumnElement[bool]
    ) -> tuple[Sequence[str], int]:
        placed = union(
            select(machines.c.uid, machines.c.name).where(seen, machines.c.state != "TERMINATED"),
            select(claims.c.vm_uid, claims.c.vm).where(claimed),
        ).subquery()
        count = await self._session.scalar(
            select(func.count(func.distinct(placed.c.uid))).select_from(placed)
        )
        names = await self._session.scalars(
            select(placed.c.name).distinct().order_by(placed.c.name).limit(FIRST_BLOCKERS)
        )
        return names.all(), count or 0

    async def page(self, cluster: ClusterUid, request: PageRequest) -> Page[Node]:
        """One page of members, by name."""
        query = (
            select(*COLUMNS)
            .join(memberships, memberships.c.node_uid == nodes.c.uid)
            .where(memberships.c.cluster_uid == cluster)
        )
        rows, token = await fetch_page(
            self._session,
            query,
            keys=[nodes.c.name, nodes.c.uid],
            page=request,
            bound=("members", cluster),
        )
        return Page(tuple(node_of(row) for row in rows), token)

    async def available(self, prefix: str, request: PageRequest) -> Page[Node]:
        """One page of the nodes that belong to no cluster, by name."""
        taken = select(memberships.c.node_uid).where(memberships.c.node_uid == nodes.c.uid)
        query = select(*COLUMNS).where(~nodes.c.removed, ~taken.exists())
        if prefix:
            query = query.where(nodes.c.name.startswith(f"nodes/{prefix}", autoescape=True))
        rows, token = await fetch_page(
            self._session,
            query,
            keys=[nodes.c.name, nodes.c.uid],
            page=request,
            bound=("available", prefix),
        )
        return Page(tuple(node_of(row) for row in rows), token)

    async def machines(self, cluster: str, request: PageRequest) -> Page[tuple[Machine, str]]:
        """One page of the machines of cluster `cluster`, by name, each with its node's name."""
        node = func.coalesce(nodes.c.name, cast("", Text)).label("node")
        query = (
            select(*machines.c, node)
            .outerjoin(nodes, nodes.c.uid == machines.c.node_uid)
            .where(machines.c.cluster == cluster)
        )
        rows, token = await fetch_page(
            self._session,
            query,
            keys=[machines.c.name, machines.c.uid],
            page=request,
            bound=("machines", cluster),
        )
        return Page(tuple((machine_of(row), row.node) for row in rows), token)


def _is(ref: str) -> ColumnElement[bool]:
    return nodes.c.uid == ref if is_uuid(ref) else nodes.c.name == f"nodes/{ref}"


def _nodes_heard() -> Select[tuple[datetime]]:
    return select(projections.c.heard_time).where(projections.c.noun == "nodes")
