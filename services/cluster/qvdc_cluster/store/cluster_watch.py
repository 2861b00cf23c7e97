"""Streams of clusters."""

from collections.abc import AsyncIterator, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_cluster.domain.cluster import Cluster, ClusterView
from qvdc_cluster.domain.status import judge
from qvdc_cluster.domain.usage import Usage
from qvdc_cluster.store.cluster import ClusterRepository
from qvdc_core.event import WatchItem
from qvdc_db.store import Store
from qvdc_db.watch import Watches, at_once


class StoredClusterWatch:
    """Clusters with their status, all of them and then each change."""

    def __init__(self, store: Store) -> None:
        self._watches = Watches(store)

    def stream(self, resume_token: str) -> AsyncIterator[WatchItem[ClusterView]]:
        """All clusters, then each change; or on from a token.

        Raises:
            ResumeExpired: the token is too old.
        """
        return self._watches.changes(
            "clusters", resume_token=resume_token, snapshot=at_once(_everything), load=_by_name
        )


async def _everything(session: AsyncSession) -> Sequence[ClusterView]:
    repository = ClusterRepository(session)
    return await _views(repository, await repository.everything())


async def _by_name(session: AsyncSession, names: Sequence[str]) -> Mapping[str, ClusterView]:
    repository = ClusterRepository(session)
    views = await _views(repository, await repository.by_name(names))
    return {view.cluster.name: view for view in views}


async def _views(
    repository: ClusterRepository, clusters: Sequence[Cluster]
) -> Sequence[ClusterView]:
    usages = await repository.usage([cluster.uid for cluster in clusters])
    return [
        ClusterView(each, judge(each.intent.ha, usages.get(each.uid, Usage()))) for each in clusters
    ]
