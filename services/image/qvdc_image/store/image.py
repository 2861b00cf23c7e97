"""Images as rows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from qvdc_core.clock import Clock
from qvdc_core.errors import EtagMismatch, NotFound
from qvdc_core.errors import Kind as RefusalKind
from qvdc_core.ids import Name
from qvdc_core.operation import OperationFailure
from qvdc_core.page import Page, PageRequest
from qvdc_db.errors import refusing
from qvdc_db.pagination import fetch_page
from qvdc_image.domain.content import Format, Kind
from qvdc_image.domain.image import (
    Image,
    ImageFilter,
    ImageState,
    Location,
    LocationState,
    OperatingSystem,
)
from qvdc_image.domain.progress import Progress, Stage
from qvdc_image.domain.refusals import ImageExists
from qvdc_image.store.tables import claims, copies, host_caches, images

COPY_STALE_AFTER = timedelta(minutes=5)
"""A host's copy not reported for this long shows as STALE (GEN-13)."""

_USED_BY = (select(func.count()).where(claims.c.image_uid == images.c.uid).scalar_subquery()).label(
    "used_by_count"
)
_COLUMNS = (*images.c, _USED_BY)
_INTENT = (
    "display_name",
    "description",
    "labels",
    "min_disk_bytes",
    "min_memory_bytes",
    "architecture",
    "changed_by",
    "update_time",
)


class ImageRows:
    """The images of one transaction."""

    def __init__(self, session: AsyncSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    async def add(self, image: Image) -> None:
        """Store a new image.

        Raises:
            ImageExists: the id is taken.
        """
        row = (
            _intent(image)
            | _observed(image)
            | {
                "uid": image.uid,
                "id": image.id,
                "generation": image.generation,
                "revision": image.revision,
                "create_time": image.create_time,
                "asked_kind": image.asked_kind.value if image.asked_kind else None,
                "source": image.source,
                "operation_id": image.operation_id,
            }
        )
        with refusing("images_id_key", ImageExists(image.name)):
            await self._session.execute(insert(images).values(row))

    async def get(self, name: Name, *, locked: bool = False) -> Image:
        """Read one by id or uid; `locked` keeps others from changing it until the end.

        Raises:
            NotFound: there is none.
        """
        column = images.c.uid if name.has_uid else images.c.id
        query = select(*_COLUMNS).where(column == name.id)
        if locked:
            query = query.with_for_update(of=images)
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            raise NotFound("image", str(name))
        return (await self._whole([row]))[0]

    async def page(self, wanted: ImageFilter, request: PageRequest) -> Page[Image]:
        """One page, by id."""
        query = _matching(wanted)
        rows, token = await fetch_page(
            self._session, query, keys=[images.c.id], page=request, bound=wanted
        )
        return Page(tuple(await self._whole(rows)), token)

    async def save_intent(self, image: Image) -> Image:
        """Store what people may change; return it with its new generation and revision.

        Raises:
            EtagMismatch: somebody was faster.
        """
        row = (
            await self._session.execute(
                update(images)
                .where(images.c.uid == image.uid, images.c.generation == image.generation)
                .values(
                    **_intent(image),
                    generation=images.c.generation + 1,
                    revision=images.c.revision + 1,
                )
                .returning(images.c.generation, images.c.revision)
            )
        ).one_or_none()
        if row is None:
            raise EtagMismatch(image.name)
        return replace(image, generation=row.generation, revision=row.revision)

    async def save_observed(self, image: Image) -> Image:
        """Store state, progress and findings; return it with its new revision."""
        revision = await self._session.scalar(
            update(images)
            .where(images.c.uid == image.uid)
            .values(**_observed(image), revision=images.c.revision + 1)
            .returning(images.c.revision)
        )
        if revision is None:
            raise NotFound("image", image.name)
        return replace(image, revision=revision)

    async def remove(self, uid: str) -> None:
        """Delete the row with its upload; a no-op if it is gone."""
        await self._session.execute(delete(images).where(images.c.uid == uid))

    async def with_digests(self, digests: Sequence[str]) -> list[Image]:
        """The READY images with one of these digests."""
        if not digests:
            return []
        query = (
            select(*_COLUMNS)
            .where(images.c.digest.in_(digests), images.c.state == ImageState.READY.value)
            .order_by(images.c.uid)
            .with_for_update(of=images)
        )
        return await self._whole((await self._session.execute(query)).all())

    async def _whole(self, rows: Sequence[Row[Any]]) -> list[Image]:
        digests = [row.digest for row in rows if row.state == ImageState.READY.value]
        places = await locations(self._session, digests, self._clock.now())
        return [image_of(row, places) for row in rows]


async def all_images(session: AsyncSession, now: datetime) -> list[Image]:
    """Every image, for a snapshot."""
    rows = (await session.execute(select(*_COLUMNS).order_by(images.c.id))).all()
    places = await locations(session, [row.digest for row in rows if row.digest], now)
    return [image_of(row, places) for row in rows]


async def images_named(
    session: AsyncSession, names: Sequence[str], now: datetime
) -> Mapping[str, Image]:
    """Those of `names` that exist, by name."""
    ids = [name.partition("/")[2] for name in names]
    rows = (await session.execute(select(*_COLUMNS).where(images.c.id.in_(ids)))).all()
    places = await locations(session, [row.digest for row in rows if row.digest], now)
    return {image.name: image for image in (image_of(row, places) for row in rows)}


_confirmed = func.coalesce(host_caches.c.report_time, copies.c.observe_time).label("observe_time")
"""Each report of a host, short or whole, confirms what the last whole one said."""


async def locations(
    session: AsyncSession, digests: Sequence[str], now: datetime
) -> Mapping[str, tuple[Location, ...]]:
    """Where hosts hold the bytes of `digests`."""
    if not digests:
        return {}
    rows = await session.execute(
        select(copies.c.digest, copies.c.node_uid, copies.c.state, _confirmed)
        .outerjoin(host_caches, host_caches.c.node_uid == copies.c.node_uid)
        .where(copies.c.digest.in_(digests))
        .order_by(copies.c.node_uid)
    )
    found: dict[str, tuple[Location, ...]] = {}
    for row in rows:
        stale = now - row.observe_time > COPY_STALE_AFTER
        state = LocationState.STALE if stale else LocationState(row.state)
        place = Location(row.node_uid, state, row.observe_time)
        found[row.digest] = (*found.get(row.digest, ()), place)
    return found


def image_of(row: Row[Any], places: Mapping[str, tuple[Location, ...]]) -> Image:
    """Read a row of images with what hosts hold."""
    ready = row.state == ImageState.READY.value
    library = (Location("", LocationState.READY, row.last_progress_time),) if ready else ()
    return Image(
        uid=row.uid,
        id=row.id,
        display_name=row.display_name,
        description=row.description,
        labels=row.labels,
        generation=row.generation,
        revision=row.revision,
        create_time=row.create_time,
        update_time=row.update_time,
        changed_by=row.changed_by,
        asked_kind=Kind(row.asked_kind) if row.asked_kind else None,
        kind=Kind(row.kind) if row.kind else None,
        format=Format(row.format) if row.format else None,
        state=ImageState(row.state),
        failure=_failure(row),
        size_bytes=row.size_bytes,
        virtual_size_bytes=row.virtual_size_bytes,
        digest=row.digest,
        min_disk_bytes=row.min_disk_bytes,
        min_memory_bytes=row.min_memory_bytes,
        architecture=row.architecture,
        folder=row.folder or "",
        os=OperatingSystem(row.os_family, row.os_distribution, row.os_version),
        source=row.source,
        progress=Progress(
            stage=Stage(row.stage),
            done_bytes=row.done_bytes,
            total_bytes=row.total_bytes,
            percent=row.percent,
            last_progress_time=row.last_progress_time,
            rate_bytes=row.rate_bytes,
        ),
        operation_id=row.operation_id,
        used_by_count=row.used_by_count,
        locations=library + (places.get(row.digest, ()) if ready else ()),
    )


def _failure(row: Row[Any]) -> OperationFailure | None:
    if row.failure_kind is None:
        return None
    kind = RefusalKind[row.failure_kind]
    return OperationFailure(kind, row.failure_reason, row.failure_message, row.failure_facts)


def _intent(image: Image) -> dict[str, Any]:
    return {name: getattr(image, name) for name in _INTENT} | {
        "labels": dict(image.labels),
        "folder": image.folder or None,
        "os_family": image.os.family,
        "os_distribution": image.os.distribution,
        "os_version": image.os.version,
    }


def _observed(image: Image) -> dict[str, Any]:
    failure, progress = image.failure, image.progress
    return {
        "kind": image.kind.value if image.kind else None,
        "format": image.format.value if image.format else None,
        "state": image.state.value,
        "failure_kind": failure.kind.name if failure else None,
        "failure_reason": failure.reason if failure else None,
        "failure_message": failure.message if failure else None,
        "failure_facts": dict(failure.facts) if failure else None,
        "size_bytes": image.size_bytes,
        "virtual_size_bytes": image.virtual_size_bytes,
        "digest": image.digest,
        "stage": progress.stage.value,
        "done_bytes": progress.done_bytes,
        "total_bytes": progress.total_bytes,
        "percent": progress.percent,
        "rate_bytes": progress.rate_bytes,
        "last_progress_time": progress.last_progress_time,
    }


def _matching(wanted: ImageFilter) -> Select[Any]:
    query = select(*_COLUMNS)
    if wanted.name_prefix:
        query = query.where(images.c.id.startswith(wanted.name_prefix, autoescape=True))
    if wanted.labels:
        query = query.where(images.c.labels.contains(dict(wanted.labels)))
    if wanted.query:
        columns = (images.c.id, images.c.display_name, images.c.description)
        query = query.where(
            or_(*(column.icontains(wanted.query, autoescape=True) for column in columns))
        )
    if wanted.folder is not None:
        query = query.where(func.coalesce(images.c.folder, "") == wanted.folder)
    if wanted.states:
        query = query.where(images.c.state.in_([state.value for state in wanted.states]))
    if wanted.kinds:
        query = query.where(images.c.kind.in_([kind.value for kind in wanted.kinds]))
    return query
