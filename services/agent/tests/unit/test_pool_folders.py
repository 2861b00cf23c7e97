"""Pools on this machine's file systems keep what every pool port promises."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from qvdc_agent.adapters.pool_folders import LocalPoolFolders
from qvdc_agent.domain.pool import WantedPool
from qvdc_agent.domain.refusals import StepRefused
from tests.contract.pool_folders import NODE, UID, Hanging, PoolFoldersContract, a_pool

SHORT = timedelta(seconds=1)


@contextmanager
def _behind_a_pipe(pool: WantedPool) -> Iterator[None]:
    """A marker that is a pipe: whoever opens it waits until somebody writes."""
    marker = Path(pool.path) / ".quantix/pool.json"
    aside = marker.with_suffix(".aside")
    marker.rename(aside)
    os.mkfifo(marker)
    try:
        yield
    finally:
        pipe = os.open(marker, os.O_RDWR | os.O_NONBLOCK)
        aside.replace(marker)
        os.close(pipe)


class TestLocalPoolFolders(PoolFoldersContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        (tmp_path / "place").mkdir()
        return tmp_path / "place"

    @pytest.fixture
    async def folders(self, tmp_path: Path) -> LocalPoolFolders:
        return LocalPoolFolders(tmp_path / "own", node_uid=NODE, deadline=SHORT)

    @pytest.fixture
    def hung(self) -> Hanging:
        return _behind_a_pipe

    async def test_a_pool_without_a_path_lies_in_the_hosts_own_folder(
        self, folders: LocalPoolFolders, tmp_path: Path
    ) -> None:
        pool = WantedPool(UID, "storage-pools/fast", "", generation=1, initialise=True)
        folders.hold(pool)
        await folders.initialise(pool)

        assert (tmp_path / "own/fast/.quantix/pool.json").exists()

    async def test_work_is_done_behind_the_marker_alone(
        self, folders: LocalPoolFolders, place: Path
    ) -> None:
        pool = a_pool(place)
        folders.hold(pool)
        await folders.initialise(pool)
        await folders.within(UID, lambda folder: os.mkdir("machines", dir_fd=folder))
        (place / ".quantix/pool.json").unlink()

        with pytest.raises(StepRefused) as refused:
            await folders.within(UID, lambda folder: os.mkdir("never", dir_fd=folder))
        folders.forget(UID)
        with pytest.raises(StepRefused) as unknown:
            folders.path_of(UID)

        assert (refused.value.reason, unknown.value.reason) == (
            "MARKER_MISSING",
            "POOL_NOT_ASSIGNED",
        )
        assert "storage-pools/fast" in refused.value.message
        assert sorted(os.listdir(place)) == [".quantix", "machines"]
