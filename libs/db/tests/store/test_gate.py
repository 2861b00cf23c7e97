"""Start-up order is free: the gate waits for PostgreSQL and says why."""

import asyncio
import re
from pathlib import Path

import pytest

from qvdc_core.errors import StoreUnavailable
from qvdc_db.database import Database
from qvdc_db.gate import StoreGate
from qvdc_db.migrations import MigrationFailed, Migrations
from qvdc_db.site_term import current_term
from qvdc_testing.postgresql import PostgresServer, TestDatabase


async def _until(gate: StoreGate, *, ready: bool) -> None:
    for _look in range(300):
        if (gate.reason() is None) == ready:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(gate.reason())


async def test_the_gate_opens_when_postgresql_comes_and_closes_while_it_is_away(
    migrations: Migrations, postgresql_server: PostgresServer
) -> None:
    database = Database(migrations.url, schema=migrations.schema)
    gate = StoreGate(database, migrations)
    postgresql_server.stop()
    running = asyncio.create_task(gate.run())
    try:
        await _until(gate, ready=False)
        postgresql_server.start()
        async with asyncio.timeout(30):
            await gate.opened()
        await _until(gate, ready=True)
        postgresql_server.stop()
        await _until(gate, ready=False)
        assert re.match("postgresql: .*(connection|connect)", str(gate.reason()))
    finally:
        postgresql_server.start()
    await _until(gate, ready=True)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await database.close()


async def test_a_schema_that_cannot_be_migrated_ends_the_process(
    migrations: Migrations, tmp_path: Path
) -> None:
    (tmp_path / "0001_broken.py").write_text(
        "revision='0001'\ndown_revision=None\n\ndef upgrade():\n"
        "    from alembic import op\n    op.execute('nonsense')\n"
    )
    broken = Migrations(tmp_path, migrations.schema, migrations.url, migrations.admin_url)
    database = Database(migrations.url, schema=migrations.schema)

    with pytest.raises(MigrationFailed):
        await StoreGate(database, broken).run()
    await database.close()


async def test_a_schema_that_was_never_migrated_is_a_store_that_is_away(
    postgresql: TestDatabase,
) -> None:
    database = Database(postgresql.admin_url, schema="not_yet")
    with pytest.raises(StoreUnavailable):
        await current_term(database)
    await database.close()
