"""Bytes are told by content alone, hostile ones refused (IM-11)."""

import contextlib
import gzip
import io
import struct
import tarfile
from types import SimpleNamespace

import pytest

from qvdc_image.domain.content import Format, Kind, kind_of
from qvdc_image.domain.refusals import ImageUnsafe
from qvdc_image.domain.safety import ToolFinding, agree, judge

TIB = 1 << 40


def a_tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("machine.ovf"))
    return out.getvalue()


HOSTILE = {
    "empty": b"",
    "html": b"<!DOCTYPE html><html><body>404</body></html>",
    "html after a mark and spaces": b"\xef\xbb\xbf \n<HTML>".ljust(1024, b" "),
    "xml": b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>',
    "json": b'{"error": "not found"}'.ljust(1024),
    "text": b"a line of text\n" * 1000,
    "gzip": gzip.compress(bytes(4096)).ljust(1024, b"\0"),
    "xz": b"\xfd7zXZ\x00".ljust(1024, b"\0"),
    "zstd": b"\x28\xb5\x2f\xfd".ljust(1024, b"\0"),
    "zip": b"PK\x03\x04".ljust(1024, b"\0"),
    "tar": a_tar(),
    "vmdk": b"KDMV".ljust(1024, b"\0"),
    "vhdx": b"vhdxfile".ljust(1024, b"\0"),
    "vhd, by its footer": bytes(4096) + b"conectix".ljust(512, b"\0"),
    "a program": b"\x7fELF".ljust(1024, b"\0"),
    "half a sector": bytes(1000),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_disk_is_refused(data: bytes, files: SimpleNamespace) -> None:
    with pytest.raises(ImageUnsafe):
        judge(files.Bytes(data))


def test_disks_are_told_by_their_bytes(files: SimpleNamespace) -> None:
    gpt = bytes(512) + b"EFI PART".ljust(512, b"\0")
    ext4 = (bytes(1080) + b"\x53\xef").ljust(4096, b"\0")
    for data, format_ in (
        (files.a_raw_disk(), Format.RAW),
        (gpt, Format.RAW),
        (ext4, Format.RAW),
        (bytes(4096), Format.RAW),
        (files.an_iso(), Format.ISO),
        (files.a_raw_disk()[:512] + files.an_iso()[512:], Format.ISO),
        (files.Qcow2().build(), Format.QCOW2),
    ):
        assert judge(files.Bytes(data)).format is format_


def test_the_virtual_size_is_what_a_machine_sees(files: SimpleNamespace) -> None:
    assert judge(files.Bytes(files.a_raw_disk(8192))).virtual_size_bytes == 8192
    for version in (2, 3):
        data = files.Qcow2(version=version, virtual_size=5 << 30, l1=[files.L2_AT]).build()
        assert judge(files.Bytes(data)).virtual_size_bytes == 5 << 30


@pytest.mark.parametrize(
    ("wrong", "finding"),
    [
        ({"backing_offset": 512}, "backing file"),
        ({"features": 1 << 2}, "external file"),
        ({"features": 1 << 1}, "corrupt"),
        ({"features": 1 << 40}, "unknown qcow2 features"),
        ({"extensions": [(0x44415441, b"/etc/shadow")]}, "external data file"),
        ({"crypt": 1}, "encrypted"),
        ({"virtual_size": 17 * TIB}, "above the limit"),
        ({"virtual_size": 0}, "virtual size is zero"),
        ({"version": 7}, "unknown version"),
        ({"cluster_bits": 8}, "cluster size"),
        ({"cluster_bits": 63}, "cluster size"),
        ({"header_length": 4}, "header length"),
        ({"header_length": 1 << 30}, "header length"),
        ({"l1_entries": 0}, "L1 table"),
        ({"l1_entries": 0xFFFFFFFF}, "L1 table"),
        ({"l1_offset": 1 << 50}, "outside the file"),
        ({"l1_offset": 7}, "outside the file"),
        ({"refcount_offset": 0}, "outside the file"),
        ({"l1": [1 << 40]}, "L2 table lies outside"),
        ({"l1": [3 << 16], "l2": [1 << 40]}, "cluster lies outside"),
        ({"extensions": [(0x6803F857, b"x" * 65430)]}, "extensions leave"),
    ],
)
def test_a_hostile_qcow2_header_is_refused(
    wrong: dict[str, object], finding: str, files: SimpleNamespace
) -> None:
    with pytest.raises(ImageUnsafe, match=finding):
        judge(files.Bytes(files.Qcow2(**wrong).build()))


def test_a_header_cut_short_is_refused(files: SimpleNamespace) -> None:
    whole = files.Qcow2().build()
    for length in (4, 71, 80, 103):
        with pytest.raises(ImageUnsafe):
            judge(files.Bytes(whole[:length]))


def test_a_bomb_is_refused_and_an_empty_disk_is_not(files: SimpleNamespace) -> None:
    sparse = files.Qcow2(virtual_size=4 * TIB)
    assert judge(files.Bytes(sparse.build())).virtual_size_bytes == 4 * TIB

    one_cluster_many_times = files.Qcow2(
        virtual_size=TIB,
        l1=[files.L2_AT | files.COPIED] * 2048,
        l2=[1 << 62 | files.DATA_AT] * 8192,
    )
    with pytest.raises(ImageUnsafe, match="unfold"):
        judge(files.Bytes(one_cluster_many_times.build()))


def test_any_flipped_bytes_of_a_header_never_break_the_judge(files: SimpleNamespace) -> None:
    whole = bytearray(files.Qcow2(l1=[files.L2_AT], l2=[files.DATA_AT]).build())
    for position in range(4, 104):
        for value in (0x00, 0x7F, 0xFF):
            changed = bytearray(whole)
            changed[position] = value
            with contextlib.suppress(ImageUnsafe):
                judge(files.Bytes(bytes(changed)))


def test_a_kind_must_fit_the_bytes() -> None:
    assert kind_of(Format.QCOW2, None) is Kind.CLOUD_IMAGE
    assert kind_of(Format.ISO, None) is Kind.ISO
    assert kind_of(Format.RAW, Kind.DISK) is Kind.DISK
    for format_, kind in ((Format.QCOW2, Kind.ISO), (Format.ISO, Kind.DISK)):
        with pytest.raises(ImageUnsafe):
            kind_of(format_, kind)


def test_what_the_tool_sees_must_agree(files: SimpleNamespace) -> None:
    finding = judge(files.Bytes(files.Qcow2().build()))
    agree(finding, ToolFinding("qcow2", finding.virtual_size_bytes))
    for wrong in (
        ToolFinding("raw", finding.virtual_size_bytes),
        ToolFinding("qcow2", finding.virtual_size_bytes, backing_file="/etc/passwd"),
        ToolFinding("qcow2", finding.virtual_size_bytes, data_file="/dev/sda"),
        ToolFinding("qcow2", 1),
        ToolFinding("qcow2", finding.virtual_size_bytes, encrypted=True),
    ):
        with pytest.raises(ImageUnsafe):
            agree(finding, wrong)


def test_struct_sizes_are_those_of_the_format() -> None:
    assert struct.calcsize(">4sIQIIQIIQQIIQ") == 72
