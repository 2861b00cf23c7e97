"""The audit trail's rows; they are only ever added."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, Select, insert, select

from qvdc_console.domain.audit import AuditFilter, AuditRecord
from qvdc_console.store.tables import audit_records
from qvdc_core.page import Page, PageRequest
from qvdc_db.database import Database
from qvdc_db.errors import translated
from qvdc_db.pagination import fetch_page

_records = audit_records.c


class StoredAuditTrail:
    """The records of all copies of the door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, records: Sequence[AuditRecord]) -> None:
        rows = [asdict(each) for each in records]
        for row in rows:
            del row["id"]  # the store counts
        with translated():
            async with self._database.session() as session:
                await session.execute(insert(audit_records), rows)
                await session.commit()

    async def page(self, wanted: AuditFilter, page: PageRequest) -> Page[AuditRecord]:
        with translated():
            async with self._database.session() as session:
                rows, token = await fetch_page(
                    session,
                    _those(wanted),
                    keys=[_records.id],
                    page=page,
                    bound=wanted,
                    descending=True,
                )
        return Page(tuple(_record(row) for row in rows), token)


def _those(wanted: AuditFilter) -> Select[Any]:
    query = select(audit_records)
    if wanted.actor:
        query = query.where(_records.actor == wanted.actor)
    if wanted.object:
        query = query.where(_records.object == wanted.object)
    if wanted.method_prefix:
        query = query.where(_records.method.startswith(wanted.method_prefix, autoescape=True))
    if wanted.code:
        query = query.where(_records.code == wanted.code)
    if wanted.start_time is not None:
        query = query.where(_records.time >= wanted.start_time)
    if wanted.end_time is not None:
        query = query.where(_records.time < wanted.end_time)
    return query


def _record(row: Row[Any]) -> AuditRecord:
    return AuditRecord(**row._asdict())
