"""Disks and logs with the real qemu-img, and the probe of KVM with a real kernel."""

import json
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from qvdc_agent.adapters.machine_files import PoolMachineFiles
from qvdc_agent.adapters.virt_type import VirtTypeProbe, boot_once
from qvdc_agent.domain.definition import VirtType
from qvdc_agent.domain.machine import (
    BaseImage,
    BootId,
    Digest,
    Disk,
    ImageFormat,
    MachineUid,
    Seed,
)
from qvdc_agent.domain.refusals import StepRefused
from qvdc_core.units import MIB

pytestmark = pytest.mark.lab

UID = MachineUid("11111111-1111-4111-8111-111111111111")
BASE = BaseImage(Digest("a" * 64), ImageFormat.QCOW2, 0)


def made(path: Path, *arguments: str) -> Path:
    subprocess.run(["qemu-img", "create", "-q", *arguments, str(path), "8M"], check=True)
    return path


def told(path: Path) -> dict[str, object]:
    answer = subprocess.run(
        ["qemu-img", "info", "--output=json", str(path)], check=True, capture_output=True
    )
    found = json.loads(answer.stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def files(tmp_path: Path) -> PoolMachineFiles:
    return PoolMachineFiles(tmp_path / "pool")


async def test_a_disk_stands_on_its_base_with_the_wanted_size(
    files: PoolMachineFiles, tmp_path: Path
) -> None:
    base, disk = made(tmp_path / "base", "-f", "qcow2"), Disk("root", 64 * MIB, base=BASE)

    await files.make_disk(UID, disk, base)

    found = told(files.disk_path(UID, disk))
    assert (found["format"], found["virtual-size"]) == ("qcow2", 64 * MIB)
    assert (found["backing-filename"], found["backing-filename-format"]) == (str(base), "qcow2")
    assert (await files.look(UID)).disks == {"root"}


async def test_a_disk_that_exists_is_left_alone(files: PoolMachineFiles) -> None:
    disk = Disk("data", 8 * MIB)
    await files.make_disk(UID, disk, None)
    files.disk_path(UID, disk).write_bytes(b"data")

    await files.make_disk(UID, disk, None)

    assert files.disk_path(UID, disk).read_bytes() == b"data"


async def test_a_disk_smaller_than_its_base_is_refused(
    files: PoolMachineFiles, tmp_path: Path
) -> None:
    base = made(tmp_path / "base", "-f", "qcow2")

    with pytest.raises(StepRefused) as refused:
        await files.make_disk(UID, Disk("root", MIB, base=BASE), base)

    assert (refused.value.reason, refused.value.final) == ("BASE_LARGER_THAN_DISK", True)


async def test_a_base_that_opens_further_files_is_refused(
    files: PoolMachineFiles, tmp_path: Path
) -> None:
    inner = made(tmp_path / "inner", "-f", "raw")
    base = made(tmp_path / "base", "-f", "qcow2", "-F", "raw", "-b", str(inner))

    with pytest.raises(StepRefused) as refused:
        await files.make_disk(UID, Disk("root", 64 * MIB, base=BASE), base)

    assert refused.value.reason == "BASE_UNSAFE"


async def test_a_new_seed_replaces_the_old_one(files: PoolMachineFiles) -> None:
    old, new = Seed(user_data="old"), Seed(user_data="new")
    await files.write_seed(UID, "web-1", old)
    await files.write_seed(UID, "web-1", new)

    assert (await files.look(UID)).seed == new.fingerprint
    assert not files.seed_path(UID, old).exists()
    assert files.seed_path(UID, new).stat().st_mode & 0o077 == 0


async def test_removing_takes_everything_and_may_be_repeated(files: PoolMachineFiles) -> None:
    await files.make_disk(UID, Disk("root", MIB), None)
    await files.remove(UID)
    await files.remove(UID)

    assert not (await files.look(UID)).anything


async def test_a_rotated_log_reads_as_one(files: PoolMachineFiles) -> None:
    log = files.serial_log(UID)
    log.parent.mkdir(parents=True)
    for name, content in (
        ("serial.log.1", b"one "),
        ("serial.log.0", b"two "),
        ("serial.log", b"three"),
    ):
        (log.parent / name).write_bytes(content)

    assert await files.read_serial(UID, 0, 100) == (b"one two three", 0, 13)
    assert await files.read_serial(UID, -7, 100) == (b"o three", 6, 13)
    assert await files.read_serial(UID, 2, 4) == (b"e tw", 2, 13)
    assert await files.read_serial(UID, 99, 4) == (b"", 13, 13)


async def test_a_log_that_is_not_there_is_empty(files: PoolMachineFiles) -> None:
    assert await files.read_serial(UID, 0, 100) == (b"", 0, 0)


@pytest.fixture
def kernel() -> Path:
    return max(Path("/boot").glob("vmlinuz-*"))


async def test_a_kernel_that_starts_is_proof(kernel: Path) -> None:
    await boot_once(kernel, accelerator="tcg", within=timedelta(seconds=60))


async def test_a_kernel_that_never_starts_is_none(tmp_path: Path) -> None:
    stuck = tmp_path / "vmlinuz-stuck"
    stuck.write_bytes(b"\0" * 4096)

    with pytest.raises(StepRefused):
        await boot_once(stuck, accelerator="tcg", within=timedelta(seconds=2))


async def test_the_answer_is_remembered_for_one_boot(tmp_path: Path) -> None:
    def probe(boot: str, kvm: Path) -> VirtTypeProbe:
        return VirtTypeProbe(
            None,
            boot=BootId(boot),
            remembered=tmp_path / "virt-type.json",
            boot_folder=tmp_path,
            kvm=kvm,
        )

    (tmp_path / "virt-type.json").write_text('{"boot_id": "one", "virt_type": "kvm"}')

    assert await probe("one", tmp_path / "none").choose() is VirtType.KVM
    assert await probe("two", tmp_path / "none").choose() is VirtType.QEMU
    assert json.loads((tmp_path / "virt-type.json").read_text())["boot_id"] == "two"
