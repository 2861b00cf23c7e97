"""The terms that hosts shall run: rows of clusters, and a copy's memory of them."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_db.database import Database
from qvdc_db.errors import translated
from qvdc_node.domain.terms import DEFAULT_DETECTION, Terms, least_interval, terms_of
from qvdc_node.store.tables import cluster_terms, nodes


class ClusterTermsRows:
    """What the cluster service said of detection, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def replace(self, detection_seconds: Mapping[str, int]) -> None:
        """Store what each cluster wants, by its name; clusters that are not named are forgotten."""
        gone = cluster_terms.c.cluster.not_in(list(detection_seconds))
        await self._session.execute(delete(cluster_terms).where(gone))
        for cluster, seconds in detection_seconds.items():
            row = insert(cluster_terms).values(cluster=cluster, detection_seconds=seconds)
            await self._session.execute(
                row.on_conflict_do_update(
                    index_elements=[cluster_terms.c.cluster],
                    set_={"detection_seconds": seconds},
                    where=cluster_terms.c.detection_seconds != seconds,
                )
            )


class TermsMemory:
    """The terms of each host's cluster, refreshed by a loop, so that beats need no PostgreSQL.

    Args:
        beats_per_second: what all copies together can take; more hosts beat more slowly.
    """

    def __init__(self, database: Database, *, beats_per_second: int) -> None:
        self._database = database
        self._beats_per_second = beats_per_second
        self._wanted: dict[str, Terms] = {}

    async def refresh(self) -> None:
        """Read all of it anew.

        Raises:
            StoreUnavailable: PostgreSQL is away; what is remembered stays.
        """
        query = select(nodes.c.uid, cluster_terms.c.detection_seconds).outerjoin(
            cluster_terms, cluster_terms.c.cluster == nodes.c.cluster
        )
        usual = int(DEFAULT_DETECTION.total_seconds())
        with translated():
            async with self._database.session() as session:
                found = [(row[0], row[1] or usual) for row in await session.execute(query)]
        least = least_interval(len(found), self._beats_per_second)
        of_detection = {
            seconds: terms_of(timedelta(seconds=seconds), least=least)
            for seconds in {each[1] for each in found}
        }
        self._wanted = {uid: of_detection[seconds] for uid, seconds in found}

    def of(self, uid: str) -> Terms | None:
        """Return the terms that the host shall run; None while this copy does not know."""
        return self._wanted.get(uid)
