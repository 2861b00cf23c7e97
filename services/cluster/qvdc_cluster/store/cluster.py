"""Clusters in PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_cluster.domain.cluster import Cluster, ClusterFilter, ClusterUid
from qvdc_cluster.domain.refusals import ClusterNameTaken
from qvdc_cluster.domain.status import StatusState
from qvdc_cluster.domain.usage import Usage
from qvdc_cluster.store.cluster_rows import COLUMNS, cluster_of, columns_of
from qvdc_cluster.store.tables import clusters
from qvdc_cluster.store.usage import read_usage
from qvdc_core.errors import EtagMismatch, NotFound
from qvdc_core.ids import Name
from qvdc_core.page import Page, PageRequest
from qvdc_db.errors import refusing
from qvdc_db.pagination import fetch_page


class ClusterRepository:
    """Clusters, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, cluster: Cluster) -> None:
        """Store a new cluster.

        Raises:
            ClusterNameTaken: its id, or its display name in the project, is used.
        """
        stored = await self._session.scalar(
            insert(clusters)
            .values(
                uid=cluster.uid,
                id=cluster.id,
                **columns_of(cluster.intent),
                generation=cluster.generation,
                revision=cluster.revision,
                create_time=cluster.create_time,
                update_time=cluster.update_time,
                changed_by=cluster.changed_by,
                announced=cluster.announced.value,
            )
            .on_conflict_do_nothing()
            .returning(clusters.c.uid)
        )
        if stored is None:
            raise await self._name_taken(cluster)

    async def get(self, name: Name) -> Cluster:
        """Read the cluster with this id or uid.

        Raises:
            NotFound: there is none.
        """
        rows = await self._session.execute(select(*COLUMNS).where(_is(name)))
        row = rows.one_or_none()
        if row is None:
            raise NotFound("cluster", str(name))
        return cluster_of(row)

    async def lock(self, name: Name) -> Cluster:
        """As `get`, and keep others from changing it until the transaction ends.

        Raises:
            NotFound: there is none.
        """
        await self._session.execute(select(clusters.c.uid).where(_is(name)).with_for_update())
        return await self.get(name)

    async def page(self, wanted: ClusterFilter, request: PageRequest) -> Page[Cluster]:
        """One page of the clusters that match, by name."""
        rows, token = await fetch_page(
            self._session,
            select(*COLUMNS).where(*_matching(wanted)),
            keys=[clusters.c.id],
            page=request,
            bound=wanted,
        )
        return Page(tuple(cluster_of(row) for row in rows), token)

    async def everything(self) -> Sequence[Cluster]:
        """Read all clusters, by name."""
        rows = await self._session.execute(select(*COLUMNS).order_by(clusters.c.id))
        return [cluster_of(row) for row in rows]

    async def by_name(self, names: Sequence[str]) -> Sequence[Cluster]:
        """Read the clusters of these names that exist."""
        ids = [name.partition("/")[2] for name in names]
        rows = await self._session.execute(select(*COLUMNS).where(clusters.c.id.in_(ids)))
        return [cluster_of(row) for row in rows]

    async def save(self, cluster: Cluster) -> Cluster:
        """Store a changed intent unless someone stored a newer one since it was read.

        Raises:
            EtagMismatch: someone did.
            ClusterNameTaken: its display name is used in the project.
        """
        change = (
            update(clusters)
            .where(clusters.c.uid == cluster.uid, clusters.c.generation == cluster.generation)
            .values(
                **columns_of(cluster.intent),
                generation=cluster.generation + 1,
                revision=clusters.c.revision + 1,
                update_time=cluster.update_time,
                changed_by=cluster.changed_by,
            )
            .returning(*COLUMNS)
        )
        name = cluster.intent.display_name
        with refusing("clusters_display_name", ClusterNameTaken(name, "another cluster")):
            row = (await self._session.execute(change)).one_or_none()
        if row is None:
            raise EtagMismatch(cluster.name)
        return cluster_of(row)

    async def announce(self, cluster: Cluster, state: StatusState) -> Cluster | None:
        """Store the status told to watchers; None when another one was told since."""
        rows = await self._session.execute(
            update(clusters)
            .where(clusters.c.uid == cluster.uid, clusters.c.announced == cluster.announced.value)
            .values(announced=state.value, revision=clusters.c.revision + 1)
            .returning(*COLUMNS)
        )
        row = rows.one_or_none()
        return None if row is None else cluster_of(row)

    async def remove(self, uid: ClusterUid) -> None:
        """Delete a cluster."""
        await self._session.execute(clusters.delete().where(clusters.c.uid == uid))

    async def usage(self, uids: Sequence[ClusterUid]) -> Mapping[ClusterUid, Usage]:
        """Compute what these clusters have and use, in one query."""
        return await read_usage(self._session, uids)

    async def _name_taken(self, cluster: Cluster) -> ClusterNameTaken:
        rows = await self._session.execute(
            select(clusters.c.id, clusters.c.display_name).where(
                or_(
                    clusters.c.id == cluster.id,
                    (clusters.c.project == cluster.intent.project)
                    & (clusters.c.display_name == cluster.intent.display_name),
                )
            )
        )
        holder = rows.first()
        if holder is None or holder.id == cluster.id:
            return ClusterNameTaken(cluster.id, cluster.name)
        return ClusterNameTaken(holder.display_name, f"clusters/{holder.id}")


def _is(name: Name) -> ColumnElement[bool]:
    return clusters.c.uid == name.id if name.has_uid else clusters.c.id == name.id


def _matching(wanted: ClusterFilter) -> list[ColumnElement[Any]]:
    conditions: list[ColumnElement[Any]] = []
    if wanted.name_prefix:
        conditions.append(clusters.c.id.startswith(wanted.name_prefix, autoescape=True))
    if wanted.labels:
        conditions.append(clusters.c.labels.contains(dict(wanted.labels)))
    if wanted.query:
        texts = (clusters.c.id, clusters.c.display_name, clusters.c.description)
        conditions.append(or_(*(text.icontains(wanted.query, autoescape=True) for text in texts)))
    if wanted.project:
        conditions.append(clusters.c.project == wanted.project)
    if wanted.states:
        conditions.append(clusters.c.announced.in_([state.value for state in wanted.states]))
    return conditions
