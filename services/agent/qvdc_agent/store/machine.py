"""What this host keeps of its machines, in one SQLite file.

Every commit is synced to disk: a fence or an epoch that was seen once is never forgotten by a
power cut. The file may hold secrets of seeds and is readable by its owner alone.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from qvdc_agent.domain.acceptance import check_fence, check_wanted
from qvdc_agent.domain.machine import BootId, MachineUid, WantedMachine
from qvdc_agent.domain.observation import ObservedMachine
from qvdc_agent.domain.record import MachineRecord
from qvdc_agent.domain.seen import DomainView, Remembered
from qvdc_agent.store import codec
from qvdc_core.fence import Fence

_Result = TypeVar("_Result")

TOMBSTONE_LIFE = timedelta(days=30)
"""How long a removed machine's generation is kept: longer than any operation may retry."""

SCHEMA_VERSION = 2
_SCHEMA = """
CREATE TABLE fences (
    loop TEXT PRIMARY KEY,
    site_term INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;
CREATE TABLE machines (
    uid TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    run_epoch INTEGER NOT NULL,
    accepted_boot TEXT,
    accept_time TEXT NOT NULL,
    absent INTEGER NOT NULL,
    wanted TEXT,
    started_epoch INTEGER,
    started_boot TEXT,
    ended TEXT,
    observed TEXT,
    by_hand INTEGER NOT NULL DEFAULT 0
) STRICT;
PRAGMA user_version = 2;
"""
_UPGRADES = {
    1: "ALTER TABLE machines ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0;"
    " PRAGMA user_version = 2;"
}
_SELECT_ALL = """
SELECT uid, generation, run_epoch, accepted_boot, wanted, started_epoch, started_boot, ended,
    observed, by_hand
FROM machines ORDER BY rowid
"""
_SELECT_ONE = """
SELECT uid, generation, run_epoch, accepted_boot, wanted, started_epoch, started_boot, ended,
    observed, by_hand
FROM machines WHERE uid = ?
"""


class SqliteMachineStore:
    """Keeps the MachineStore's promises; one process opens the file at a time.

    Args:
        now: the time of day, for the age of tombstones.
    """

    def __init__(self, path: Path, *, now: Callable[[], datetime]) -> None:
        self._path = path
        self._now = now
        self._database: sqlite3.Connection | None = None
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Open the file, making it when it is not there, and drop tombstones past their life."""
        await self._run(_prune, self._now() - TOMBSTONE_LIFE)

    async def close(self) -> None:
        """Close the file."""
        async with self._turn:
            if self._database is not None:
                await asyncio.to_thread(self._database.close)
                self._database = None

    async def accept(self, wanted: WantedMachine, fence: Fence, boot: BootId) -> MachineRecord:
        """Keep `wanted`; see MachineStore."""
        return await self._run(_accept, wanted, fence, boot, self._now())

    async def heed(self, fence: Fence) -> None:
        """Keep the newest fence of a loop; see MachineStore."""
        await self._run(_heed, fence)

    async def learn(self, domain: DomainView) -> MachineRecord:
        """Keep what a found domain says of itself; see MachineStore."""
        return await self._run(_learn, domain, self._now())

    async def get(self, uid: MachineUid) -> MachineRecord | None:
        """What is kept of a machine."""
        return await self._run(_get, uid)

    async def list(self) -> Sequence[MachineRecord]:
        """What is kept of all machines."""
        return await self._run(_list)

    async def save_remembered(self, uid: MachineUid, remembered: Remembered) -> None:
        """Keep what is known of the last start."""
        await self._run(_save_remembered, uid, remembered)

    async def save_observed(self, observed: ObservedMachine) -> None:
        """Keep what was told last."""
        await self._run(_save_observed, observed)

    async def _run(self, work: Callable[..., _Result], *arguments: object) -> _Result:
        async with self._turn:
            return await asyncio.to_thread(self._transaction, work, arguments)

    def _transaction(self, work: Callable[..., _Result], arguments: tuple[object, ...]) -> _Result:
        if self._database is None:
            self._database = _open(self._path)
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            return work(self._database, *arguments)


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version == 0 or version in _UPGRADES:
        database.executescript(f"BEGIN; {_UPGRADES.get(version, _SCHEMA)} COMMIT;")
    elif version != SCHEMA_VERSION:
        raise RuntimeError(f"{path} is of version {version}; this agent knows {SCHEMA_VERSION}")
    return database


def _heed(database: sqlite3.Connection, fence: Fence) -> None:
    row = database.execute(
        "SELECT site_term, revision FROM fences WHERE loop = ?", (fence.loop,)
    ).fetchone()
    check_fence(fence, None if row is None else Fence(row[0], fence.loop, row[1]))
    database.execute(
        "INSERT INTO fences VALUES (?, ?, ?) ON CONFLICT (loop) DO UPDATE"
        " SET site_term = excluded.site_term, revision = excluded.revision",
        (fence.loop, fence.site_term, fence.revision),
    )


def _accept(
    database: sqlite3.Connection,
    wanted: WantedMachine,
    fence: Fence,
    boot: BootId,
    now: datetime,
) -> MachineRecord:
    known = _get(database, wanted.uid)
    _heed(database, fence)
    if known is not None:
        check_wanted(wanted, generation=known.generation, run_epoch=known.run_epoch)
    database.execute(
        "INSERT INTO machines"
        " (uid, generation, run_epoch, accepted_boot, accept_time, absent, wanted)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uid) DO UPDATE"
        " SET generation = excluded.generation, run_epoch = excluded.run_epoch,"
        " accepted_boot = excluded.accepted_boot, accept_time = excluded.accept_time,"
        " absent = excluded.absent, wanted = excluded.wanted",
        (
            wanted.uid,
            wanted.generation,
            wanted.run_epoch,
            boot,
            now.isoformat(),
            int(wanted.absent),
            codec.wanted_to_text(wanted),
        ),
    )
    return _must_get(database, wanted.uid)


def _learn(database: sqlite3.Connection, domain: DomainView, now: datetime) -> MachineRecord:
    database.execute(
        "INSERT INTO machines (uid, generation, run_epoch, accept_time, absent)"
        " VALUES (?, ?, ?, ?, 0) ON CONFLICT (uid) DO NOTHING",
        (domain.uid, domain.generation, domain.run_epoch, now.isoformat()),
    )
    return _must_get(database, domain.uid)


def _get(database: sqlite3.Connection, uid: MachineUid) -> MachineRecord | None:
    row = database.execute(_SELECT_ONE, (uid,)).fetchone()
    return None if row is None else _record(row)


def _must_get(database: sqlite3.Connection, uid: MachineUid) -> MachineRecord:
    record = _get(database, uid)
    if record is None:
        raise LookupError(uid)
    return record


def _list(database: sqlite3.Connection) -> list[MachineRecord]:
    return [_record(row) for row in database.execute(_SELECT_ALL)]


def _save_remembered(database: sqlite3.Connection, uid: MachineUid, remembered: Remembered) -> None:
    database.execute(
        "UPDATE machines SET started_epoch = ?, started_boot = ?, ended = ?, by_hand = ?"
        " WHERE uid = ?",
        (
            remembered.started_epoch,
            remembered.started_boot,
            remembered.ended,
            int(remembered.by_hand),
            uid,
        ),
    )


def _save_observed(database: sqlite3.Connection, observed: ObservedMachine) -> None:
    database.execute(
        "UPDATE machines SET observed = ? WHERE uid = ?",
        (codec.observed_to_text(observed), observed.uid),
    )


def _prune(database: sqlite3.Connection, before: datetime) -> None:
    database.execute(
        "DELETE FROM machines WHERE absent = 1 AND accept_time < ?",
        (before.astimezone(UTC).isoformat(),),
    )


def _record(row: tuple[object, ...]) -> MachineRecord:
    uid, generation, run_epoch, accepted_boot, wanted, epoch, boot, ended, observed, by_hand = row
    return MachineRecord(
        uid=MachineUid(str(uid)),
        generation=_int(generation),
        run_epoch=_int(run_epoch),
        accepted_boot=None if accepted_boot is None else BootId(str(accepted_boot)),
        wanted=None if wanted is None else codec.wanted_from_text(str(wanted)),
        remembered=Remembered(
            started_epoch=None if epoch is None else _int(epoch),
            started_boot=None if boot is None else BootId(str(boot)),
            ended=None if ended is None else str(ended),
            by_hand=bool(by_hand),
        ),
        observed=None if observed is None else codec.observed_from_text(str(observed)),
    )


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"not a number: {value!r}")
    return value
