"""The nodes' rows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, delete, exists, func, or_, select, update
from sqlalchemy import literal as lit
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.clock import Clock
from qvdc_core.errors import EtagMismatch, NotFound
from qvdc_core.ids import is_uuid
from qvdc_core.page import Page, PageRequest
from qvdc_db.errors import Contention, refusing
from qvdc_db.pagination import fetch_page
from qvdc_node.domain.inventory import Address, Condition, Inventory, System, Usage
from qvdc_node.domain.node import (
    Intent,
    Mode,
    Node,
    NodeFilter,
    NodeUid,
    Observed,
    Phase,
    Standing,
    Tombstone,
)
from qvdc_node.domain.registration import Certificate, Registered, Registration, candidate_ids
from qvdc_node.domain.session import StaleInstance
from qvdc_node.store.codec import from_json, to_json
from qvdc_node.store.tables import nodes, tombstones


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
        query = select(*(nodes.c[name] for name in _STANDING))
        if uids is not None:
            query = query.where(nodes.c.uid.in_(uids))
        return [_standing(row) for row in await self._session.execute(query)]

    async def some(self, uids: Collection[NodeUid]) -> Sequence[Node]:
        """Return the nodes of these uids that exist."""
        found = await self._session.execute(select(nodes).where(nodes.c.uid.in_(uids)))
        return [node_of(row) for row in found]

    async def save_intent(self, node: Node, *, actor: str) -> Node:
        """Store the intent of `node` unless somebody was faster."""
        written = await self._session.execute(
            update(nodes)
            .where(nodes.c.uid == node.uid, nodes.c.generation == node.generation)
            .values(
                display_name=node.intent.display_name,
                description=node.intent.description,
                labels=dict(node.intent.labels),
                mode=node.intent.mode.value,
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
                last_heartbeat_time=node.last_heartbeat_time,
                observe_time=node.observe_time,
                phase=node.phase.value,
                phase_reason=node.phase_reason,
                revision=nodes.c.revision + 1,
            )
            .returning(nodes)
        )
        return node_of(written.one())

    async def register(
        self,
        registration: Registration,
        *,
        labels: Mapping[str, str],
        floor_epoch: int,
        certificate: Certificate | None,
        now: datetime,
    ) -> Registered:
        """Create or update in one statement; observed fields only."""
        seen = registration.observed
        before = select(nodes).where(nodes.c.uid == registration.uid).cte("before")
        upsert = self._upsert(
            registration, labels=labels, floor_epoch=floor_epoch, certificate=certificate, now=now
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
            old_node = _node({name: mapping[f"before_{name}"] for name in nodes.c.keys()})  # noqa: SIM118
        return Registered(node=_node(mapping), before=old_node)

    def _upsert(
        self,
        registration: Registration,
        *,
        labels: Mapping[str, str],
        floor_epoch: int,
        certificate: Certificate | None,
        now: datetime,
    ) -> Any:
        observed = _registered_columns(registration, now)
        new = insert(nodes).values(
            uid=registration.uid,
            id=_free_id(registration),
            labels=dict(labels),
            mode=Mode.ACTIVE.value,
            generation=1,
            changed_by=f"node/{registration.uid}",
            create_time=now,
            update_time=now,
            session_epoch=max(1, floor_epoch),
            beat_sequence=0,
            phase=Phase.PENDING.value,
            phase_reason="",
            cluster="",
            revision=1,
            key_fingerprint=certificate.key_fingerprint if certificate else "",
            certificate_expire_time=certificate.expire_time if certificate else None,
            **observed,
        )
        came = new.excluded
        same_boot = nodes.c.boot_id == came.boot_id
        same_life = same_boot & (nodes.c.instance == came.instance)
        epoch = case((same_life, nodes.c.session_epoch), else_=nodes.c.session_epoch + 1)
        changed: dict[str, Any] = {name: came[name] for name in observed}
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

    async def remove(self, node: Node, tombstone: Tombstone) -> None:
        """Take the node away and leave `tombstone`."""
        await self._session.execute(delete(nodes).where(nodes.c.uid == node.uid))
        stone = insert(tombstones).values(
            uid=tombstone.uid,
            id=tombstone.id,
            key_fingerprint=tombstone.key_fingerprint,
            removed_by=tombstone.removed_by,
            remove_time=tombstone.remove_time,
        )
        await self._session.execute(
            stone.on_conflict_do_update(
                index_elements=[tombstones.c.uid],
                set_={"removed_by": stone.excluded.removed_by, "id": stone.excluded.id},
            )
        )

    async def tombstone(self, uid: NodeUid) -> Tombstone | None:
        """Return what is remembered of a removed node."""
        found = await self._session.execute(select(tombstones).where(tombstones.c.uid == uid))
        row = found.one_or_none()
        return None if row is None else tombstone_of(row)

    async def page(self, wanted: NodeFilter, page: PageRequest) -> Page[Node]:
        """Return a page of nodes by id."""
        rows, token = await fetch_page(
            self._session, _filtered(wanted), keys=[nodes.c.id], page=page, bound=wanted
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


def node_of(row: Row[Any]) -> Node:
    """Read a row of the nodes table."""
    return _node(row._asdict())


def _standing(row: Row[Any]) -> Standing:
    return Standing(
        uid=NodeUid(row.uid),
        mode=Mode(row.mode),
        conditions=from_json(row.conditions, tuple[Condition, ...]),
        phase=Phase(row.phase),
        phase_reason=row.phase_reason,
        register_time=row.register_time,
        last_heartbeat_time=row.last_heartbeat_time,
    )


_STANDING = (
    "uid",
    "mode",
    "conditions",
    "phase",
    "phase_reason",
    "register_time",
    "last_heartbeat_time",
)


def tombstone_of(row: Row[Any]) -> Tombstone:
    """Read a row of the tombstones table."""
    return Tombstone(
        uid=NodeUid(row.uid),
        id=row.id,
        key_fingerprint=row.key_fingerprint,
        removed_by=row.removed_by,
        remove_time=row.remove_time,
    )


def _node(row: Mapping[Any, Any]) -> Node:
    return Node(
        uid=NodeUid(row["uid"]),
        id=row["id"],
        intent=Intent(
            display_name=row["display_name"],
            description=row["description"],
            labels=row["labels"],
            mode=Mode(row["mode"]),
        ),
        observed=_observed(row),
        generation=row["generation"],
        revision=row["revision"],
        create_time=row["create_time"],
        update_time=row["update_time"],
        changed_by=row["changed_by"],
        register_time=row["register_time"],
        session_epoch=row["session_epoch"],
        beat_sequence=row["beat_sequence"],
        phase=Phase(row["phase"]),
        phase_reason=row["phase_reason"],
        cluster=row["cluster"],
        key_fingerprint=row["key_fingerprint"],
        certificate_expire_time=row["certificate_expire_time"],
        last_heartbeat_time=row["last_heartbeat_time"],
        observe_time=row["observe_time"],
    )


def _observed(row: Mapping[Any, Any]) -> Observed:
    return Observed(
        hostname=row["hostname"],
        addresses=from_json(row["addresses"], tuple[Address, ...]),
        boot_id=row["boot_id"],
        instance=row["instance"],
        system=from_json(row["system"], System),
        inventory=from_json(row["inventory"], Inventory),
        conditions=from_json(row["conditions"], tuple[Condition, ...]),
        usage=None if row["usage"] is None else from_json(row["usage"], Usage),
        hardware_fingerprint=row["hardware_fingerprint"],
        simulated=row["simulated"],
    )


def _registered_columns(registration: Registration, now: datetime) -> dict[str, Any]:
    seen = registration.observed
    return {
        "hostname": seen.hostname,
        "addresses": to_json(seen.addresses, tuple[Address, ...]),
        "boot_id": seen.boot_id,
        "instance": seen.instance,
        "system": to_json(seen.system, System),
        "inventory": to_json(seen.inventory, Inventory),
        "conditions": to_json(seen.conditions, tuple[Condition, ...]),
        "usage": to_json(seen.usage, Usage),
        "hardware_fingerprint": seen.hardware_fingerprint,
        "simulated": seen.simulated,
        "register_time": now,
        "observe_time": now,
    }


def _free_id(registration: Registration) -> ColumnElement[Any]:
    first, otherwise = candidate_ids(registration)
    taken = exists().where(nodes.c.id == first, nodes.c.uid != registration.uid)
    return case((taken, otherwise), else_=first)


def _filtered(wanted: NodeFilter) -> Select[Any]:
    query = select(nodes)
    if wanted.name_prefix:
        query = query.where(nodes.c.id.startswith(wanted.name_prefix, autoescape=True))
    if wanted.labels:
        query = query.where(nodes.c.labels.contains(dict(wanted.labels)))
    if wanted.query:
        columns = (nodes.c.id, nodes.c.display_name, nodes.c.description, nodes.c.hostname)
        query = query.where(
            or_(*(column.icontains(wanted.query, autoescape=True) for column in columns))
        )
    if wanted.phases:
        query = query.where(nodes.c.phase.in_([phase.value for phase in wanted.phases]))
    if wanted.modes:
        query = query.where(nodes.c.mode.in_([mode.value for mode in wanted.modes]))
    if wanted.cluster:
        query = query.where(nodes.c.cluster == wanted.cluster)
    return query
