"""The join tokens' rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.errors import NotFound
from qvdc_core.ids import is_uuid
from qvdc_core.page import Page, PageRequest
from qvdc_db.errors import refusing
from qvdc_db.pagination import fetch_page
from qvdc_node.domain.join_token import JoinToken, Spent, TokenInvalid, TokenNameTaken
from qvdc_node.domain.node import NodeUid, Role
from qvdc_node.domain.taint import Taint
from qvdc_node.store.codec import from_json, to_json
from qvdc_node.store.tables import join_token_uses, join_tokens

_JSON = frozenset({"labels", "node_labels", "node_taints", "node_roles"})


class JoinTokenRows:
    """The tokens, in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, token: JoinToken) -> None:
        """Store a new token; TokenNameTaken if its id is taken."""
        columns = {
            name: getattr(token, name)
            for name in join_tokens.c.keys()  # noqa: SIM118 - a column collection is no mapping
            if name not in _JSON
        }
        with refusing("join_tokens_id_key", TokenNameTaken(token.name)):
            await self._session.execute(
                insert(join_tokens).values(
                    **columns,
                    labels=dict(token.labels),
                    node_labels=dict(token.node_labels),
                    node_taints=to_json(token.node_taints, tuple[Taint, ...]),
                    node_roles=[role.value for role in token.node_roles],
                )
            )

    async def get(self, name: str) -> JoinToken:
        """Return the token of `name`; NotFound if there is none."""
        last = name.partition("/")[2]
        column = join_tokens.c.uid if is_uuid(last) else join_tokens.c.id
        found = await self._session.execute(select(join_tokens).where(column == last))
        row = found.one_or_none()
        if row is None:
            raise NotFound("join token", name)
        return _token(row)

    async def page(
        self,
        *,
        name_prefix: str,
        labels: tuple[tuple[str, str], ...],
        query: str,
        page: PageRequest,
    ) -> Page[JoinToken]:
        """Return a page of tokens by id."""
        wanted = select(join_tokens)
        if name_prefix:
            wanted = wanted.where(join_tokens.c.id.startswith(name_prefix, autoescape=True))
        if labels:
            wanted = wanted.where(join_tokens.c.labels.contains(dict(labels)))
        if query:
            columns = (join_tokens.c.id, join_tokens.c.display_name, join_tokens.c.description)
            wanted = wanted.where(
                or_(*(column.icontains(query, autoescape=True) for column in columns))
            )
        rows, token = await fetch_page(
            self._session,
            wanted,
            keys=[join_tokens.c.id],
            page=page,
            bound=(name_prefix, labels, query),
        )
        return Page(tuple(_token(row) for row in rows), token)

    async def remove(self, token: JoinToken) -> None:
        """Forget `token` and who used it."""
        await self._session.execute(
            delete(join_token_uses).where(join_token_uses.c.token_uid == token.uid)
        )
        await self._session.execute(delete(join_tokens).where(join_tokens.c.uid == token.uid))

    async def find(self, secret_hash: str) -> JoinToken | None:
        """Return the token with this secret."""
        found = await self._session.execute(
            select(join_tokens).where(join_tokens.c.secret_hash == secret_hash)
        )
        row = found.one_or_none()
        return None if row is None else _token(row)

    async def spend(self, secret_hash: str, uid: NodeUid, *, now: datetime) -> Spent:
        """Count a use of the token by the host, once however often it is repeated."""
        found = await self._session.execute(
            select(join_tokens).where(join_tokens.c.secret_hash == secret_hash).with_for_update()
        )
        row = found.one_or_none()
        if row is None:
            raise TokenInvalid
        token = _token(row)
        used = (
            insert(join_token_uses)
            .values(token_uid=token.uid, node_uid=uid, time=now)
            .on_conflict_do_nothing()
            .returning(join_token_uses.c.node_uid)
        )
        first = await self._session.scalar(used) is not None
        token.admit(used_before=not first, now=now)
        if first:
            await self._session.execute(
                update(join_tokens)
                .where(join_tokens.c.uid == token.uid)
                .values(use_count=join_tokens.c.use_count + 1)
            )
        return Spent(token, first)


def _token(row: Row[Any]) -> JoinToken:
    read = row._asdict()
    read["node_taints"] = from_json(read["node_taints"], tuple[Taint, ...])
    read["node_roles"] = tuple(Role(each) for each in read["node_roles"])
    return JoinToken(**read)
