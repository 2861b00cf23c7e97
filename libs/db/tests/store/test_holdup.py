"""The transaction that holds watchers up is named."""

from datetime import timedelta

from sqlalchemy import text

from qvdc_core.clock import ManualClock
from qvdc_db.holdup import HoldupWatch
from qvdc_db.store import Store
from qvdc_obs.metrics import Metrics


async def test_the_holder_of_the_oldest_transaction_is_named(
    store: Store, clock: ManualClock
) -> None:
    watch = HoldupWatch(store.database, clock, Metrics())
    async with store.database.session() as session:
        await session.execute(text("select pg_current_xact_id()"))
        await watch.look()
        clock.advance(timedelta(seconds=30))
        held = await watch.look()
    clock.advance(timedelta(seconds=30))
    free = await watch.look()

    assert held.seconds == 30
    assert held.holder.startswith("qvdc-things pid ")
    assert (free.seconds, free.holder) == (0, "")
