"""The use cases on a real store and a real directory, with a clock that the test moves."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from qvdc_core.actor import Actor, ActorKind
from qvdc_core.clock import ManualClock
from qvdc_core.ids import Name
from qvdc_db.database import Database
from qvdc_db.migrations import Migrations
from qvdc_db.store import Store
from qvdc_db.wakeups import Wakeups
from qvdc_image.adapters.inspector import Leash, QemuImg
from qvdc_image.adapters.library import DirectoryLibrary
from qvdc_image.app import MIGRATIONS
from qvdc_image.domain.image import Image
from qvdc_image.domain.upload import Upload
from qvdc_image.store.unit_of_work import SCHEMA, StoredImages, UnitOfWork
from qvdc_image.usecases.garbage import Garbage
from qvdc_image.usecases.image import Images
from qvdc_image.usecases.pipeline import Pipeline
from qvdc_image.usecases.receive import Receiving
from qvdc_image.usecases.upload import Limits, NewUpload, Uploads
from qvdc_testing.postgresql import TestDatabase

ANN = Actor("user:ann", ActorKind.USER, frozenset({"*"}))


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Fate:
    """Kills the process, or cuts PostgreSQL off, at the nth commit, just before or just after."""

    at: int = 0
    before: bool = True
    count: int = 0
    error: BaseException = field(default_factory=Killed)

    def pass_by(self, *, before: bool) -> None:
        if before:
            self.count += 1
        if self.count == self.at and before is self.before:
            raise self.error


class FatedWork(UnitOfWork):
    """A transaction in which the process may die."""

    fate: Fate

    async def commit(self) -> None:
        self.fate.pass_by(before=True)
        await super().commit()
        self.fate.pass_by(before=False)


@dataclass
class House:
    """The service without its ports."""

    store: Store
    clock: ManualClock
    folder: Path
    fate: Fate = field(default_factory=Fate)

    def restart(self) -> None:
        """What a new process knows: the stores, and nothing of before."""
        self.fate = Fate()
        self.library = DirectoryLibrary(self.folder)
        self.library.prepare()
        self.uploads = Uploads(
            work=self.work,
            library=self.library,
            clock=self.clock,
            new_id=self.store.new_id,
            limits=Limits(1 << 40, 0),
        )
        self.receiving = Receiving(
            work=self.work, library=self.library, clock=self.clock, wake=lambda: None
        )
        inspector = QemuImg(self.library.incoming_path, Leash())
        self.pipeline = Pipeline(
            work=self.work, library=self.library, inspector=inspector, clock=self.clock
        )
        self.images = Images(
            work=self.work,
            library=self.library,
            stream=StoredImages(self.store),
            clock=self.clock,
        )
        self.garbage = Garbage(work=self.work, library=self.library, clock=self.clock)

    def work(self) -> FatedWork:
        work = FatedWork(self.store)
        work.fate = self.fate
        return work

    async def create(self, size: int, **more: object) -> Upload:
        wanted = NewUpload(size_bytes=size, **more)  # type: ignore[arg-type]  # a test's shorthand
        return await self.uploads.create(wanted, actor=ANN, key=None)

    async def fill(self, upload: Upload, data: bytes, offset: int = 0) -> Upload:
        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(data), 1 << 16):
                yield data[start : start + (1 << 16)]

        return await self.receiving.append(
            upload.uid, offset_bytes=offset, length_bytes=len(data), chunks=chunks()
        )

    async def image(self, upload: Upload) -> Image:
        return await self.images.get(Name("images", upload.image_uid))

    def files(self, kind: str) -> list[str]:
        return sorted(path.name for path in (self.folder / kind).iterdir())


@pytest.fixture
async def house(postgresql: TestDatabase, tmp_path: Path) -> AsyncIterator[House]:
    """A service with nothing in it."""
    migrations = Migrations(MIGRATIONS, SCHEMA, postgresql.url("qvdc_image"), postgresql.admin_url)
    migrations.run()
    database = Database(migrations.url, schema=SCHEMA)
    clock = ManualClock()
    store = Store("image", database, Wakeups("", service="image"), clock, lambda: str(uuid.uuid4()))
    house = House(store, clock, tmp_path / "library")
    house.restart()
    yield house
    await database.close()


@pytest.fixture
def killed() -> type[Killed]:
    """What a kill looks like."""
    return Killed
