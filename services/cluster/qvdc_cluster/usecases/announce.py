"""Telling watchers how a cluster stands."""

from qvdc_cluster.domain.cluster import Cluster, ClusterView
from qvdc_cluster.domain.status import Status, StatusState, judge
from qvdc_cluster.domain.usage import Usage
from qvdc_cluster.ports import UnitOfWork
from qvdc_core.event import Change, EventDraft, Severity


async def view(work: UnitOfWork, cluster: Cluster) -> ClusterView:
    """`cluster` with its status as it is in this transaction."""
    usage = (await work.clusters.usage([cluster.uid])).get(cluster.uid, Usage())
    return ClusterView(cluster, judge(cluster.intent.ha, usage))


async def announced(work: UnitOfWork, cluster: Cluster, actor: str) -> ClusterView:
    """As `view`, and write down a status that differs from the one told last."""
    seen = await view(work, cluster)
    stored = await _announce(work, cluster, seen.status, actor)
    return ClusterView(stored or cluster, seen.status)


async def announce_all(work: UnitOfWork, actor: str) -> None:
    """Judge every cluster and write down each status that differs from the one told last."""
    clusters = await work.clusters.everything()
    usages = await work.clusters.usage([cluster.uid for cluster in clusters])
    for cluster in clusters:
        status = judge(cluster.intent.ha, usages.get(cluster.uid, Usage()))
        await _announce(work, cluster, status, actor)


async def _announce(
    work: UnitOfWork, cluster: Cluster, status: Status, actor: str
) -> Cluster | None:
    if status.state is cluster.announced:
        return None
    stored = await work.clusters.announce(cluster, status.state)
    if stored is None:
        return None
    calm = status.state in {StatusState.HEALTHY, StatusState.MAINTENANCE}
    reasons = ", ".join(reason.reason for reason in status.reasons)
    await work.events.append(
        EventDraft(
            subject=cluster.name,
            subject_uid=cluster.uid,
            cluster=cluster.name,
            kind="ClusterStatusChanged",
            change=Change.CHANGED,
            revision=stored.revision,
            severity=Severity.INFO if calm else Severity.WARNING,
            actor=actor,
            text=f"{cluster.name} is {status.state.value}: {reasons or 'all is well'}.",
            details={
                "from": cluster.announced.value,
                "to": status.state.value,
                "reasons": reasons,
            },
        )
    )
    return stored


async def tell(
    work: UnitOfWork,
    cluster: Cluster,
    kind: str,
    *,
    actor: str,
    text: str,
    change: Change = Change.CHANGED,
    **details: str,
) -> None:
    """Write down that `kind` happened to `cluster`."""
    await work.events.append(
        EventDraft(
            subject=cluster.name,
            subject_uid=cluster.uid,
            cluster=cluster.name,
            kind=kind,
            change=change,
            revision=cluster.revision,
            actor=actor,
            text=text,
            details=details,
        )
    )
