"""The nodes' rows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, exists, func, or_, select, update
from sqlalchemy import literal as lit
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.clock import Clock
from qvdc_core.errors import EtagMismatch, NotFound
from qvdc_core.ids import is_uuid
from qvdc_core.page import Page, PageRequest
from qvdc_db.errors import Contention, refusing
from qvdc_db.pagination import fetch_page
from qvdc_node.domain.inventory import Condition, Inventory, Usage
from qvdc_node.domain.node import (
    Intent,
    Node,
    NodeFilter,
    NodeUid,
    Phase,
    Standing,
)
from qvdc_node.domain.registration import Certificate, Registered, Registration, candidate_ids
from qvdc_node.domain.session import StaleInstance
from qvdc_node.domain.taint import Effect
from qvdc_node.store.codec import to_json
from qvdc_node.store.node_values import (
    STANDING,
    drain_column,
    eviction_column,
    filtered,
    intent_columns,
    node_from,
    node_of,
    registered_columns,
    standing_of,
)
from qvdc_node.store.tables import nodes


class NodeRows:
    """The nodes, in one transaction."""

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    async def get(self, name: str) -> Node:
        """Return the node of `name`; NotFound if there is none."""
        last = name.partition("/")[2]
        column = nodes.c.uid if is_uuid(last) else nodes.c.id
        row = (await self._session.execute(select(nodes).where(column == last))).one_or_none()
        if row is None:
            raise NotFound("node", name)
        return node_of(row)

    async def lock(self, uid: NodeUid) -> Node | None:
        """Return the node of `uid` and keep others from changing it."""
        found = await self._session.execute(
            select(nodes).where(nodes.c.uid == uid).with_for_update()
        )
        row = found.one_or_none()
        return None if row is None else node_of(row)

    async def standings(self, uids: Collection[NodeUid] | None = None) -> Sequence[Standing]:
        """Return what the phases of all nodes, or of these, follow from."""
        query: Select[Any] = select(*STANDING)
        if uids is not None:
            query = query.where(nodes.c.uid.in_(uids))
        return [standing_of(row) for row in await self._session.execute(query)]

    async def some(self, uids: Collection[NodeUid]) -> Sequence[Node]:
        """Return the nodes of these uids that exist."""
        found = await self._session.execute(select(nodes).where(nodes.c.uid.in_(uids)))
        return [node_of(row) for row in found]

    async def named(self, names: Collection[str]) -> Sequence[Node]:
        """Return the nodes of these names that exist."""
        ids = [name.partition("/")[2] for name in names]
        found = await self._session.execute(select(nodes).where(nodes.c.id.in_(ids)))
        return [node_of(row) for row in found]

    async def save_intent(self, node: Node, *, actor: str) -> Node:
        """Store the intent of `node` unless somebody was faster."""
        written = await self._session.execute(
            update(nodes)
            .where(nodes.c.uid == node.uid, nodes.c.generation == node.generation)
            .values(
                **intent_columns(node.intent),
                drain=drain_column(node.drain),
                phase=node.phase.value,
                phase_reason=node.phase_reason,
                generation=nodes.c.generation + 1,
                revision=nodes.c.revision + 1,
                changed_by=actor,
                update_time=self._clock.now(),
            )
            .returning(nodes)
        )
        row = written.one_or_none()
        if row is None:
            raise EtagMismatch(node.name)
        return node_of(row)

    async def save_drain(self, node: Node) -> Node:
        """Store how emptying a locked node goes; return it as stored."""
        written = await self._session.execute(
            update(nodes)
            .where(nodes.c.uid == node.uid)
            .values(drain=drain_column(node.drain), revision=nodes.c.revision + 1)
            .returning(nodes)
        )
        return node_of(written.one())

    async def drained(self) -> Sequence[NodeUid]:
        """Return the uids of the nodes that are being emptied."""
        found = await self._session.scalars(
            select(nodes.c.uid).where(nodes.c.drain.is_not(None)).order_by(nodes.c.uid)
        )
        return [NodeUid(uid) for uid in found]

    async def save_eviction(self, node: Node) -> Node:
        """Store what taints ask to leave a locked node, and its marks; return it as stored."""
        written = await self._session.execute(
            update(nodes)
            .where(nodes.c.uid == node.uid)
            .values(
                eviction=eviction_column(node.eviction),
                marks=to_json(node.marks, tuple[Condition, ...]),
                revision=nodes.c.revision + 1,
            )
            .returning(nodes)
        )
        return node_of(written.one())

    async def evicting(self) -> Sequence[NodeUid]:
        """Return the uids of the nodes with a NO_EXECUTE taint, or that had one."""
        tainted = nodes.c.taints.contains([{"effect": Effect.NO_EXECUTE.value}])
        found = await self._session.scalars(
            select(nodes.c.uid)
            .where(or_(tainted, nodes.c.eviction.is_not(None)))
            .order_by(nodes.c.uid)
        )
        return [NodeUid(uid) for uid in found]

    async def joining(self) -> Sequence[NodeUid]:
        """Return the uids of the nodes that shall enter a cluster."""
        found = await self._session.scalars(
            select(nodes.c.uid).where(nodes.c.joining_cluster != "").order_by(nodes.c.uid)
        )
        return [NodeUid(uid) for uid in found]

    async def save_observed(self, node: Node) -> Node:
        """Store observed and computed fields of a locked node."""
        written = await self._session.execute(
            update(nodes)
            .where(nodes.c.uid == node.uid)
            .values(
                inventory=to_json(node.observed.inventory, Inventory),
                conditions=to_json(node.observed.conditions, tuple[Condition, ...]),
                usage=to_json(node.observed.usage, Usage),
                boot_id=node.observed.boot_id,
                instance=node.observed.instance,
                session_epoch=node.session_epoch,
                beat_sequence=node.beat_sequence,
                member_set_version=node.member_set_version,
                last_heartbeat_time=node.last_heartbeat_time,
                observe_time=node.observe_time,
                phase=node.phase.value,
                phase_reason=node.phase_reason,
                revision=nodes.c.revision + 1,
            )
            .returning(nodes)
        )
        return node_of(written.one())

    async def save_marks(self, node: Node) -> Node:
        """Store what the service says of `node`, which is locked; return it as stored."""
        written = await self._session.execute(
            update(nodes)
            .where(nodes.c.uid == node.uid)
            .values(
                marks=to_json(node.marks, tuple[Condition, ...]),
                proposal=node.proposal,
                offered_fingerprint=node.offered_fingerprint,
                confirmed_fingerprint=node.confirmed_fingerprint,
                joining_cluster=node.joining_cluster,
                revision=nodes.c.revision + 1,
            )
            .returning(nodes)
        )
        return node_of(written.one())

    async def like(self, fingerprint: str, *, but: NodeUid) -> Sequence[Node]:
        """Return the nodes on this hardware, the last seen first, without `but`."""
        if not fingerprint:
            return []
        found = await self._session.execute(
            select(nodes)
            .where(nodes.c.hardware_fingerprint == fingerprint, nodes.c.uid != but)
            .order_by(nodes.c.observe_time.desc())
        )
        return [node_of(row) for row in found]

    async def adopt(self, host: Node, old: Node, *, actor: str) -> Node:
        """Make the row of `host` what people want of `old`, whose row goes; both are locked."""
        await self.remove(old)
        written = await self._session.execute(
            update(nodes)
            .where(nodes.c.uid == host.uid)
            .values(
                id=old.id,
                **intent_columns(old.intent),
                drain=drain_column(old.drain),
                cluster=old.cluster,
                joining_cluster=old.joining_cluster,
                create_time=old.create_time,
                update_time=self._clock.now(),
                changed_by=actor,
                generation=max(old.generation, host.generation) + 1,
                revision=max(old.revision, host.revision) + 1,
                proposal="",
            )
            .returning(nodes)
        )
        return node_of(written.one())

    async def register(
        self,
        registration: Registration,
        *,
        intent: Intent,
        floor_epoch: int,
        certificate: Certificate | None,
        now: datetime,
    ) -> Registered:
        """Create or update in one statement; observed fields only."""
        seen = registration.observed
        before = select(nodes).where(nodes.c.uid == registration.uid).cte("before")
        upsert = self._upsert(
            registration, intent=intent, floor_epoch=floor_epoch, certificate=certificate, now=now
        ).cte("after")
        old = [before.c[column.name].label(f"before_{column.name}") for column in nodes.c]
        with refusing("nodes_id_key", Contention()):
            found = await self._session.execute(
                select(*upsert.c, *old).select_from(upsert.outerjoin(before, lit(True)))
            )
        row = found.one_or_none()
        if row is None:
            stored = await self._session.scalar(
                select(nodes.c.instance).where(nodes.c.uid == registration.uid)
            )
            raise StaleInstance(seen.instance, stored or 0)
        mapping = row._asdict()
        old_node = None
        if mapping["before_uid"] is not None:
            old_node = node_from({name: mapping[f"before_{name}"] for name in nodes.c.keys()})  # noqa: SIM118
        return Registered(node=node_from(mapping), before=old_node)

    def _upsert(
        self,
        registration: Registration,
        *,
        intent: Intent,
        floor_epoch: int,
        certificate: Certificate | None,
        now: datetime,
    ) -> Any:
        observed, seen = registered_columns(registration, now), registration.observed
        new = insert(nodes).values(
            uid=registration.uid,
            id=_free_id(registration),
            **intent_columns(intent),
            generation=1,
            changed_by=f"node/{registration.uid}",
            create_time=now,
            update_time=now,
            session_epoch=max(1, floor_epoch),
            beat_sequence=0,
            phase=Phase.PENDING.value,
            phase_reason="",
            cluster="",
            joining_cluster=registration.wanted_cluster,
            revision=1,
            key_fingerprint=certificate.key_fingerprint if certificate else "",
            certificate_expire_time=certificate.expire_time if certificate else None,
            **observed,
        )
        came = new.excluded
        same_boot = nodes.c.boot_id == came.boot_id
        same_life = same_boot & (nodes.c.instance == came.instance)
        epoch = case((same_life, nodes.c.session_epoch), else_=nodes.c.session_epoch + 1)
        # A guardian that has not heard its agent yet tells nothing of these: what is known stays.
        silent = {"inventory"} if not seen.inventory.told else set()
        silent |= {"system"} if not seen.system.kernel else set()
        changed: dict[str, Any] = {name: came[name] for name in observed if name not in silent}
        if certificate is not None:
            changed["key_fingerprint"] = came.key_fingerprint
            changed["certificate_expire_time"] = came.certificate_expire_time
        return new.on_conflict_do_update(
            index_elements=[nodes.c.uid],
            set_={
                **changed,
                "session_epoch": func.greatest(epoch, floor_epoch),
                "beat_sequence": case((same_life, nodes.c.beat_sequence), else_=0),
                "revision": nodes.c.revision + 1,
            },
            where=~(same_boot & (nodes.c.instance > came.instance)),
        ).returning(nodes)

    async def remove(self, node: Node) -> None:
        """Take the node away; its tombstone is stored apart."""
        await self._session.execute(delete(nodes).where(nodes.c.uid == node.uid))

    async def want_inventory(self, node: Node) -> Node:
        """Note that the whole inventory of `node` is asked for; return it as stored."""
        written = await self._session.execute(
            update(nodes)
            .where(nodes.c.uid == node.uid)
            .values(refresh_time=self._clock.now(), revision=nodes.c.revision + 1)
            .returning(nodes)
        )
        return node_of(written.one())

    async def page(self, wanted: NodeFilter, page: PageRequest) -> Page[Node]:
        """Return a page of nodes by id."""
        rows, token = await fetch_page(
            self._session, filtered(wanted), keys=[nodes.c.id], page=page, bound=wanted
        )
        return Page(tuple(node_of(row) for row in rows), token)

    async def assign_cluster(self, members: Mapping[str, str]) -> Sequence[Node]:
        """Make node name -> cluster name hold; return the nodes changed."""
        wanted = {name.partition("/")[2]: cluster for name, cluster in members.items()}
        stored = (await self._session.execute(select(nodes.c.id, nodes.c.cluster))).all()
        changed: list[Node] = []
        for row in stored:
            cluster = wanted.get(row.id, "")
            if row.cluster == cluster:
                continue
            written = await self._session.execute(
                update(nodes)
                .where(nodes.c.id == row.id)
                .values(cluster=cluster, revision=nodes.c.revision + 1)
                .returning(nodes)
            )
            changed += [node_of(each) for each in written]
        return changed


def _free_id(registration: Registration) -> ColumnElement[Any]:
    first, otherwise = candidate_ids(registration)
    taken = exists().where(nodes.c.id == first, nodes.c.uid != registration.uid)
    return case((taken, otherwise), else_=first)
