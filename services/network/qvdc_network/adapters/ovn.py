"""OVN: the northbound database that is written, the southbound one that tells of bindings."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from qvdc_core.fence import Fence
from qvdc_network.adapters import nb_rows
from qvdc_network.adapters.ovsdb import Ovsdb
from qvdc_network.domain.ovn_plan import Step
from qvdc_network.domain.ovn_rows import NbTable
from qvdc_network.domain.port import Binding
from qvdc_network.ports import OvnView
from qvdc_obs.logs import get_logger

log = get_logger(__name__)

SB_COLUMNS = {"Port_Binding": ["logical_port", "chassis", "up"], "Chassis": ["name"]}
OUR_TABLES = frozenset(table.value for table in NbTable)


class OvnDatabases:
    """Both databases of OVN, by their replicas; built in the loop that uses it.

    Args:
        before_send: a seam for tests: called in ovsdbapp's thread between a transaction's last
            check and its way to the server.
    """

    def __init__(
        self,
        *,
        nb_remote: str,
        sb_remote: str,
        before_send: Callable[[], None] | None = None,
    ) -> None:
        self._on_stir: Callable[[], None] = _nobody_waits
        self._before_send = before_send
        self._loop = asyncio.get_running_loop()
        self._stirred = asyncio.Event()
        self._nb = Ovsdb(
            nb_remote,
            which="northbound",
            schema="OVN_Northbound",
            columns=nb_rows.NB_COLUMNS,
            notified=self._northbound,
        )
        self._sb = Ovsdb(
            sb_remote,
            which="southbound",
            schema="OVN_Southbound",
            columns=SB_COLUMNS,
            notified=self._southbound,
        )

    def on_stir(self, wake: Callable[[], None]) -> None:
        """Have `wake` called in this loop when something happened that a pass should look at: a
        reconnection, a row of ours changed by anybody, a port bound or let go."""
        self._on_stir = wake

    async def look(self) -> OvnView:
        """Read what OVN holds of ours.

        Raises:
            OvnUnavailable: a database does not answer.
        """
        bindings = await self._sb.read(_bindings)
        rows, processed = await self._nb.read(_northbound_view)
        return OvnView(rows, bindings, processed)

    async def apply(self, steps: Sequence[Step], *, fence: Fence) -> None:
        """Take `steps` in one transaction, guarded by `fence`; safe to repeat.

        Raises:
            StaleFence: a newer leader wrote its fence; nothing was changed.
            OvnRefused: OVN refused the rows; nothing was changed.
            OvnUnavailable: no answer; whether it was done is unknown.
        """
        command = partial(
            nb_rows.ApplySteps, steps=steps, fence=fence, before_send=self._before_send
        )
        await self._nb.transact(command)

    async def processed(self, *, within: timedelta) -> bool:
        """Wait until northd has worked through everything written; False if it has not.

        Raises:
            OvnUnavailable: the northbound database does not answer.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + within.total_seconds()
        while True:
            self._stirred.clear()
            if await self._nb.read(nb_rows.processed):
                return True
            try:
                async with asyncio.timeout_at(end):
                    await self._stirred.wait()
            except TimeoutError:
                return False

    async def close(self) -> None:
        """End both connections."""
        await self._nb.close()
        await self._sb.close()

    def _northbound(self, event: str, row: Any, _former: Any) -> None:
        table = row._table.name  # noqa: SLF001 - the library tells it nowhere else
        if table == "NB_Global":
            self._tell(self._stirred.set)
            if event == "create":  # every row comes again after a reconnection
                self._tell(self._on_stir)
        elif table in OUR_TABLES and nb_rows.our_key(NbTable(table), row):
            self._tell(self._on_stir)

    def _southbound(self, _event: str, row: Any, _former: Any) -> None:
        if row._table.name == "Port_Binding":  # noqa: SLF001 - the library tells it nowhere else
            self._tell(self._on_stir)

    def _tell(self, what: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what)


def _nobody_waits() -> None:
    """What is called before anybody asked to be."""


def _northbound_view(replica: Any) -> tuple[tuple[Any, ...], bool]:
    return nb_rows.read_rows(replica), nb_rows.processed(replica)


def _bindings(replica: Any) -> Mapping[str, Binding]:
    return {
        str(row.logical_port): Binding(
            chassis=str(row.chassis[0].name) if row.chassis else "",
            up=bool(row.up[0]) if row.up else False,
        )
        for row in replica.tables["Port_Binding"].rows.values()
    }
