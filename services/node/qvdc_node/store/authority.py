"""The certificate authority's rows: certificates in the clear, keys sealed."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from qvdc_db.database import Database
from qvdc_db.errors import translated
from qvdc_node.store.tables import authorities


class AuthorityRows:
    """Reads and makes the authorities, each in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> dict[str, tuple[str, bytes]]:
        """Return name -> (certificate PEM, sealed key) of all authorities.

        Raises:
            StoreUnavailable: PostgreSQL is away.
        """
        with translated():
            async with self._database.session() as session:
                rows = (await session.execute(select(authorities))).all()
        return {row.name: (row.certificate_pem, bytes(row.sealed_key)) for row in rows}

    async def make(self, made: Mapping[str, tuple[str, bytes]]) -> dict[str, tuple[str, bytes]]:
        """Store the authorities unless some are stored; return those that are stored now.

        All or none are stored, so that two installations at once leave one authority.

        Raises:
            StoreUnavailable: PostgreSQL is away.
        """
        rows = [
            {"name": name, "certificate_pem": pem, "sealed_key": sealed}
            for name, (pem, sealed) in sorted(made.items())
        ]
        with translated():
            async with self._database.session() as session:
                stored = await session.execute(
                    insert(authorities)
                    .values(rows)
                    .on_conflict_do_nothing()
                    .returning(authorities.c.name)
                )
                if len(stored.all()) == len(rows):
                    await session.commit()
        return await self.load()
