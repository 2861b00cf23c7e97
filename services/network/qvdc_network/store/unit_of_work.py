"""One transaction of the network service, and its streams."""

from collections.abc import AsyncIterator
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.event import WatchItem
from qvdc_db.store import Store
from qvdc_db.unit_of_work import UnitOfWork
from qvdc_db.watch import Watches, at_once
from qvdc_network.domain.network import Network
from qvdc_network.domain.port import Port
from qvdc_network.store.network import NetworkRepository, all_networks, networks_by_name
from qvdc_network.store.port import PortRepository, ports_by_id, ports_by_name
from qvdc_network.store.report import ReportRepository

SCHEMA = "network"
MIGRATIONS = Path(__file__).parent / "migrations"


class NetworkUnitOfWork(UnitOfWork):
    """A transaction with the repositories of this service."""

    networks: NetworkRepository
    ports: PortRepository
    reports: ReportRepository

    def bind(self, session: AsyncSession) -> None:
        """Make the repositories on `session`."""
        self.networks = NetworkRepository(session)
        self.ports = PortRepository(session)
        self.reports = ReportRepository(session)


class NetworkStreams:
    """Watch streams of networks and ports."""

    def __init__(self, store: Store) -> None:
        self._watches = Watches(store)

    def networks(self, *, resume_token: str) -> AsyncIterator[WatchItem[Network]]:
        """All networks, then each change.

        Raises:
            ResumeExpired: the token is too old or of another site term.
        """
        return self._watches.changes(
            "networks",
            resume_token=resume_token,
            snapshot=at_once(all_networks),
            load=networks_by_name,
        )

    def ports(self, *, resume_token: str) -> AsyncIterator[WatchItem[Port]]:
        """All ports, then each change.

        Raises:
            ResumeExpired: the token is too old or of another site term.
        """
        return self._watches.changes(
            "ports", resume_token=resume_token, snapshot=ports_by_id, load=ports_by_name
        )
