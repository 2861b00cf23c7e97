"""Clusters: create, read, change, delete, watch."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace

from qvdc_cluster.domain.cluster import (
    Cluster,
    ClusterFilter,
    ClusterIntent,
    ClusterUid,
    ClusterView,
    Etag,
)
from qvdc_cluster.domain.patch import changed_paths, patched
from qvdc_cluster.domain.refusals import (
    ClusterNotEmpty,
    InitialNodesRefused,
    MachinesUnknownYet,
    NodeInOtherCluster,
)
from qvdc_cluster.domain.status import StatusState, judge
from qvdc_cluster.domain.usage import Usage
from qvdc_cluster.ports import Begin, ClusterWatch, UnitOfWork
from qvdc_cluster.usecases.announce import announced, tell, view
from qvdc_core.actor import Actor
from qvdc_core.clock import Clock
from qvdc_core.errors import InUse, Refusal
from qvdc_core.event import Change, WatchItem
from qvdc_core.ids import Name, check_id
from qvdc_core.page import Page, PageRequest
from qvdc_core.request import RequestKey

GENERATED_ID_LENGTH = 8
MACHINES = "vms"
"""Noun of the projection that tells what depends on a cluster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCluster:
    """What is asked for.

    Args:
        id: chosen by the caller; "" to have one made.
        initial_nodes: ids or uids of nodes to add at once; all or nothing.
    """

    id: str
    intent: ClusterIntent
    initial_nodes: tuple[str, ...] = ()


class ClusterUseCases:
    """The verbs of clusters."""

    def __init__(
        self, begin: Begin, watch: ClusterWatch, clock: Clock, new_id: Callable[[], str]
    ) -> None:
        self._begin = begin
        self._watch = watch
        self._clock = clock
        self._new_id = new_id

    async def create(
        self, wanted: NewCluster, *, actor: Actor, key: RequestKey | None, validate_only: bool
    ) -> ClusterView:
        """Create a cluster with its initial nodes, all or nothing.

        Raises:
            ClusterNameTaken: its id, or its display name in the project, is used.
            InitialNodesRefused: some nodes cannot be added; each is named with its reason.
        """
        async with self._begin() as work:
            if (first := await work.requests.recall(key, ClusterView)) is not None:
                return first
            cluster = self._drafted(wanted, actor)
            await work.clusters.add(cluster)
            await self._add_nodes(work, cluster, wanted.initial_nodes)
            cluster = await work.clusters.get(Name("clusters", cluster.id))
            text = f"{cluster.name} was created with {len(cluster.nodes)} nodes."
            await tell(work, cluster, "ClusterCreated", actor=actor.subject, text=text)
            created = await announced(work, cluster, actor.subject)
            if not validate_only:
                await work.requests.remember(key, created)
                await work.commit()
        return created

    async def get(self, name: Name) -> ClusterView:
        """Read a cluster by id or uid, with its status.

        Raises:
            NotFound: there is none.
        """
        async with self._begin() as work:
            return await view(work, await work.clusters.get(name))

    async def page(self, wanted: ClusterFilter, request: PageRequest) -> Page[ClusterView]:
        """One page of the clusters that match, by name, with their status."""
        async with self._begin() as work:
            page = await work.clusters.page(wanted, request)
            usages = await work.clusters.usage([cluster.uid for cluster in page.items])
        views = (
            ClusterView(each, judge(each.intent.ha, usages.get(each.uid, Usage())))
            for each in page.items
        )
        return Page(tuple(views), page.next_token)

    async def update(
        self,
        name: Name,
        wanted: ClusterIntent,
        *,
        paths: frozenset[str],
        etag: Etag | None,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> ClusterView:
        """Change the fields at `paths`; nothing is stored when nothing differs.

        Raises:
            EtagMismatch: somebody was faster.
            ClusterNameTaken: the display name is used in the project.
            InvalidField: the project would change.
            NotFound: there is no such cluster.
        """
        async with self._begin() as work:
            if (first := await work.requests.recall(key, ClusterView)) is not None:
                return first
            cluster = await work.clusters.lock(name)
            cluster.require(etag)
            intent = _named(patched(cluster.intent, wanted, paths), cluster.id)
            if changed := changed_paths(cluster.intent, intent):
                cluster = await work.clusters.save(self._changed(cluster, actor, intent))
                fields = ", ".join(changed)
                text = f"{cluster.name} was changed: {fields}."
                await tell(
                    work, cluster, "ClusterUpdated", actor=actor.subject, text=text, fields=fields
                )
            updated = await announced(work, cluster, actor.subject)
            if not validate_only:
                await work.requests.remember(key, updated)
                await work.commit()
        return updated

    async def delete(
        self,
        name: Name,
        *,
        etag: Etag | None,
        actor: Actor,
        key: RequestKey | None,
        validate_only: bool,
    ) -> None:
        """Delete a cluster without nodes. A repeat with the same key succeeds.

        Raises:
            ClusterNotEmpty: nodes belong to it.
            InUse: machines belong to it; MachinesUnknownYet: nobody can say.
            EtagMismatch: somebody changed it.
            NotFound: there is none.
        """
        async with self._begin() as work:
            if await work.requests.repeated(key):
                return
            cluster = await work.clusters.lock(name)
            cluster.require(etag)
            if cluster.nodes:
                raise ClusterNotEmpty(cluster.name, cluster.nodes)
            await self._refuse_in_use(work, cluster)
            await work.clusters.remove(cluster.uid)
            await tell(
                work,
                replace(cluster, revision=cluster.revision + 1),
                "ClusterDeleted",
                actor=actor.subject,
                text=f"{cluster.name} was deleted.",
                change=Change.DELETED,
            )
            if not validate_only:
                await work.commit()

    async def usage(self, name: Name) -> tuple[Cluster, Usage]:
        """Compute what a cluster has and uses, now.

        Raises:
            NotFound: there is none.
        """
        async with self._begin() as work:
            cluster = await work.clusters.get(name)
            usages = await work.clusters.usage([cluster.uid])
        return cluster, usages.get(cluster.uid, Usage())

    def watch(self, resume_token: str) -> AsyncIterator[WatchItem[ClusterView]]:
        """All clusters, then each change; or on from a token.

        Raises:
            ResumeExpired: the token is too old.
        """
        return self._watch.stream(resume_token)

    def _drafted(self, wanted: NewCluster, actor: Actor) -> Cluster:
        uid = ClusterUid(self._new_id())
        cluster_id = wanted.id or f"cluster-{uid[:GENERATED_ID_LENGTH]}"
        now = self._clock.now()
        return Cluster(
            uid=uid,
            id=check_id(cluster_id, field="cluster_id"),
            intent=_named(wanted.intent, cluster_id),
            generation=1,
            revision=1,
            create_time=now,
            update_time=now,
            changed_by=actor.subject,
            nodes=(),
            announced=StatusState.HEALTHY,
        )

    def _changed(self, cluster: Cluster, actor: Actor, intent: ClusterIntent) -> Cluster:
        return replace(
            cluster, intent=intent, update_time=self._clock.now(), changed_by=actor.subject
        )

    async def _refuse_in_use(self, work: UnitOfWork, cluster: Cluster) -> None:
        known = await work.projections.freshness(MACHINES)
        if known.heard_time is None:
            raise MachinesUnknownYet
        machines, count = await work.members.machines_of(cluster)
        if count:
            raise InUse(cluster.name, machines, count)

    async def _add_nodes(self, work: UnitOfWork, cluster: Cluster, refs: Sequence[str]) -> None:
        refused: list[tuple[int, str, Refusal]] = []
        for place, ref in sorted(enumerate(refs), key=lambda pair: pair[1]):
            try:
                node = await work.members.node(ref)
                holder = await work.members.add(cluster.uid, node)
                if holder != cluster.name:
                    raise NodeInOtherCluster(node.name, holder)
            except Refusal as refusal:
                refused.append((place, f"nodes/{ref}", refusal))
        if refused:
            raise InitialNodesRefused(sorted(refused, key=lambda each: each[0]))


def _named(intent: ClusterIntent, cluster_id: str) -> ClusterIntent:
    return intent if intent.display_name else replace(intent, display_name=cluster_id)
