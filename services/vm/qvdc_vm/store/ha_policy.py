"""The projection of clusters' HA settings in PostgreSQL."""

from collections.abc import Collection

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_vm.domain.protection import HaPolicy
from qvdc_vm.store.tables import ha_policies


class HaPolicyRepository:
    """What is known of clusters' HA settings, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, policy: HaPolicy) -> None:
        """Store what the cluster service said; the same again changes nothing."""
        told = {
            "enabled": policy.enabled,
            "isolation_response": policy.response.value,
            "shutdown_grace_seconds": policy.grace_seconds,
            "detection_seconds": policy.detection_seconds,
        }
        row = insert(ha_policies).values(cluster=policy.cluster, **told)
        await self._session.execute(
            row.on_conflict_do_update(index_elements=[ha_policies.c.cluster], set_=told)
        )

    async def keep_only(self, clusters: Collection[str]) -> None:
        """Forget every other cluster: machines of none are left as they are."""
        gone = ha_policies.c.cluster.not_in(list(clusters))
        await self._session.execute(delete(ha_policies).where(gone))
