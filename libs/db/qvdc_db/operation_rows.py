"""Operations as rows."""

from typing import Any

from sqlalchemy import Row, Text, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, array

from qvdc_core.errors import Kind
from qvdc_core.operation import Operation, OperationFailure, OperationState
from qvdc_db.generic import operations as table

_children = table.alias("children")
_CHILDREN = (
    select(func.coalesce(func.array_agg(_children.c.id), cast(array([], type_=Text), ARRAY(Text))))
    .where(_children.c.parent == table.c.id)
    .correlate(table)
    .scalar_subquery()
    .label("children")
)
_INTERNAL = frozenset({"lease_owner", "lease_expire_time"})

COLUMNS = (*(column for column in table.c if column.name not in _INTERNAL), _CHILDREN)
"""What to select for `operation_of`."""


def operation_of(row: Row[Any]) -> Operation:
    """Read a row of `COLUMNS`."""
    fields = dict(row._mapping)  # noqa: SLF001 - the documented name of a row's mapping
    kind = fields.pop("failure_kind")
    reason = fields.pop("failure_reason")
    message = fields.pop("failure_message")
    facts = fields.pop("failure_facts")
    return Operation(
        **fields
        | {
            "state": OperationState(fields["state"]),
            "children": tuple(sorted(fields["children"])),
            "failure": kind and OperationFailure(Kind[kind], reason, message, facts or {}),
        }
    )
