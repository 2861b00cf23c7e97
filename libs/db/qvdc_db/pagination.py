"""Keyset pages: cheap at any depth, stable while rows come and go."""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.errors import InvalidField
from qvdc_core.page import PageRequest


async def fetch_page(
    session: AsyncSession,
    query: Select[Any],
    *,
    keys: Sequence[ColumnElement[Any]],
    page: PageRequest,
    bound: object,
    descending: bool = False,
) -> tuple[Sequence[Row[Any]], str]:
    """Return one page of `query` in the order of `keys`, and the token of the next.

    Args:
        keys: columns of the query, never NULL, together unique: text, integers or times.
        bound: the list's filter and parent, anything with a repr that tells them apart; a token
            is refused under another.
        descending: the order of all keys.

    Raises:
        InvalidField: the token is not of this list.
    """
    seal = _seal(bound, keys, descending)
    if page.token:
        after = tuple_(*(literal(value) for value in _read(page.token, seal, keys)))
        here = tuple_(*keys)
        query = query.where(here < after if descending else here > after)
    order = [key.desc() if descending else key.asc() for key in keys]
    rows = (await session.execute(query.order_by(*order).limit(page.size + 1))).all()
    if len(rows) <= page.size:
        return rows, ""
    shown = rows[: page.size]
    last = [getattr(shown[-1], str(key.key)) for key in keys]
    return shown, _write(last, seal)


def _seal(bound: object, keys: Sequence[ColumnElement[Any]], descending: bool) -> str:
    what = repr((bound, [str(key) for key in keys], descending))
    return hashlib.sha256(what.encode()).hexdigest()[:16]


def _write(values: Sequence[object], seal: str) -> str:
    plain = json.dumps([seal, *(_plain(value) for value in values)], separators=(",", ":"))
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _read(token: str, seal: str, keys: Sequence[ColumnElement[Any]]) -> list[Any]:
    try:
        padded = token + "=" * (-len(token) % 4)
        found, *values = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        result = [_value(value) for value in values]
    except (binascii.Error, ValueError, TypeError, KeyError, UnicodeError) as error:
        raise InvalidField("page_token", "is not a page token") from error
    kinds = [key.type.python_type for key in keys]
    if found != seal or [type(value) for value in result] != kinds:
        raise InvalidField("page_token", "belongs to a list with another filter or order")
    return result


def _plain(value: object) -> object:
    return {"time": value.isoformat()} if isinstance(value, datetime) else value


def _value(value: object) -> object:
    return datetime.fromisoformat(value["time"]) if isinstance(value, dict) else value
