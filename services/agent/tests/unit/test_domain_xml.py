"""The domain document: every value where it belongs, whatever it contains."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from qvdc_agent.adapters.domain_xml import Mark, domain_xml, mark_element, read_mark
from qvdc_agent.domain.definition import Definition, DiskFile, VirtType
from qvdc_agent.domain.machine import Firmware, ImageFormat, MachineUid, Nic

PLAIN = Definition(
    uid=MachineUid("11111111-1111-4111-8111-111111111111"),
    vm_id="web-1",
    generation=7,
    run_epoch=3,
    virt_type=VirtType.QEMU,
    vcpu_count=2,
    memory_bytes=512 * 2**20,
    firmware=Firmware.BIOS,
    disks=(
        DiskFile(Path("/pool/root.qcow2"), ImageFormat.QCOW2, "root", boot_order=1),
        DiskFile(Path("/pool/images/ab"), ImageFormat.RAW, "cd", boot_order=2, medium=True),
        DiskFile(Path("/pool/seed.iso"), ImageFormat.RAW, "cidata", read_only=True),
    ),
    nics=(Nic("22222222-2222-4222-8222-222222222222", "52:54:00:00:00:01", 1442),),
    bridge="br-int",
    offloads=False,
    serial_log=Path("/pool/serial.log"),
)
# What XML can carry at all; names and paths with anything else are refused before.
hostile = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="￾￿"), min_size=1
)


def parsed(definition: Definition) -> etree._Element:
    return etree.fromstring(domain_xml(definition))


def one(root: etree._Element, path: str) -> etree._Element:
    found = root.find(path)
    assert found is not None, path
    return found


def test_every_wanted_value_is_visible() -> None:
    root = parsed(PLAIN)

    assert root.get("type") == "qemu"
    assert root.findtext("name") == "web-1"
    assert root.findtext("uuid") == PLAIN.uid
    assert (root.findtext("memory"), one(root, "memory").get("unit")) == ("536870912", "bytes")
    assert root.findtext("vcpu") == "2"
    disks = root.findall("devices/disk")
    assert [disk.get("device") for disk in disks] == ["disk", "cdrom", "disk"]
    assert [one(disk, "source").get("file") for disk in disks] == [
        "/pool/root.qcow2",
        "/pool/images/ab",
        "/pool/seed.iso",
    ]
    assert [disk.find("readonly") is not None for disk in disks] == [False, True, True]
    assert one(disks[0], "driver").get("type") == "qcow2"
    assert one(disks[0], "boot").get("order") == "1"
    assert len({one(disk, "target").get("dev") for disk in disks}) == 3
    nic = one(root, "devices/interface")
    assert one(nic, "virtualport/parameters").get("interfaceid") == PLAIN.nics[0].port_uid
    assert one(nic, "mac").get("address") == "52:54:00:00:00:01"
    assert one(nic, "mtu").get("size") == "1442"
    assert one(nic, "driver/host").get("csum") == "off"
    assert one(root, "devices/serial/log").get("file") == "/pool/serial.log"


def test_offloads_stay_on_where_the_datapath_can_take_them() -> None:
    root = parsed(replace(PLAIN, offloads=True))

    assert root.find("devices/interface/driver") is None


@pytest.mark.parametrize(
    ("virt_type", "mode"), [(VirtType.KVM, "host-model"), (VirtType.QEMU, "maximum")]
)
def test_the_processor_fits_how_guests_run(virt_type: VirtType, mode: str) -> None:
    root = parsed(replace(PLAIN, virt_type=virt_type))

    assert (root.get("type"), one(root, "cpu").get("mode")) == (virt_type.value, mode)


def test_uefi_is_asked_for() -> None:
    assert one(parsed(replace(PLAIN, firmware=Firmware.UEFI)), "os").get("firmware") == "efi"


@given(name=hostile, serial=hostile, path=hostile)
def test_hostile_words_stay_words(name: str, serial: str, path: str) -> None:
    disk = DiskFile(Path("/pool") / path.strip("/"), ImageFormat.RAW, serial)
    root = parsed(replace(PLAIN, vm_id=name, disks=(disk,)))

    assert [child.tag for child in root] == [child.tag for child in parsed(PLAIN)]
    assert root.findtext("name") == name
    assert one(root, "devices/disk/serial").text == serial
    assert one(root, "devices/disk/source").get("file") == str(disk.path)
    assert len(root.findall("devices/disk")) == 1


def test_the_mark_comes_back() -> None:
    assert read_mark(mark_element(Mark(7, 3))) == Mark(7, 3)


@pytest.mark.parametrize(
    "text", ["", "<machine/>", "<machine generation='x' run-epoch='1'/>", "no xml"]
)
def test_a_mark_that_makes_no_sense_is_none(text: str) -> None:
    assert read_mark(text) is None
