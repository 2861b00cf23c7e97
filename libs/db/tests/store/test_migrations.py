"""Migrations run once, as the service's role, however many copies start."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from qvdc_db.database import Database
from qvdc_db.migrations import MigrationFailed, Migrations
from qvdc_db.site_term import current_term, observe_incarnation
from qvdc_db.store import Store
from qvdc_testing.postgresql import TestDatabase

BROKEN = """
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("create table half (id int)")
    op.execute("no such statement")
"""


async def test_many_copies_starting_at_once_apply_each_revision_once(
    migrations: Migrations,
) -> None:
    await asyncio.gather(*(asyncio.to_thread(migrations.run) for _copy in range(6)))

    database = Database(migrations.url, schema=migrations.schema)
    async with database.session() as session:
        owner = await session.scalar(
            text("select tableowner from pg_tables where tablename = 'operations'")
        )
        terms = await session.scalar(text("select count(*) from site_term"))
    await database.close()
    assert (owner, terms) == ("qvdc_things", 1)


async def test_a_failing_revision_is_loud_and_leaves_nothing_half_done(
    migrations: Migrations, store: Store, tmp_path: Path
) -> None:
    for revision in migrations.folder.glob("*.py"):
        (tmp_path / revision.name).write_text(revision.read_text())
    (tmp_path / "0002_broken.py").write_text(BROKEN)

    with pytest.raises(MigrationFailed, match="no such statement"):
        replace(migrations, folder=tmp_path).run()

    async with store.database.session() as session:
        assert await session.scalar(text("select to_regclass('half')")) is None


async def test_a_role_sees_only_its_own_schema(
    store: Store, migrations: Migrations, postgresql: TestDatabase
) -> None:
    other = replace(migrations, schema="other", url=postgresql.url("qvdc_other"))
    other.run()
    database = Database(other.url, schema="other")

    async with database.session() as session:
        with pytest.raises(Exception, match="permission denied"):
            await session.execute(text("select * from things.operations"))
    await database.close()


async def test_the_site_term_rises_with_each_new_etcd_life_and_not_otherwise(store: Store) -> None:
    assert await current_term(store.database) == 1
    assert await current_term(store.database) == 1
    assert await observe_incarnation(store.database, "a") == 1
    assert await observe_incarnation(store.database, "a") == 1
    assert await observe_incarnation(store.database, "b") == 2
    assert await current_term(store.database) == 2


async def test_an_installed_role_brings_its_schema_up_to_date_by_itself(
    migrations: Migrations,
) -> None:
    migrations.run()

    await asyncio.to_thread(replace(migrations, admin_url="").run)
