"""A machine's definition as libvirt's XML, built from typed values, and our mark in it.

Nothing is pasted as text: every value becomes an attribute or a text node, so no name, serial or
path can change the document's shape.
"""

from dataclasses import dataclass

from lxml import etree

from qvdc_agent.domain.definition import Definition, DiskFile, VirtType
from qvdc_agent.domain.machine import Firmware, ImageFormat, Nic

MARK_URI = "https://vdc.quantix.dev/xmlns/machine/1"
MARK_PREFIX = "quantix"

GUEST_OFF = {"csum": "off", "tso4": "off", "tso6": "off", "ecn": "off", "ufo": "off"}
HOST_OFF = {**GUEST_OFF, "gso": "off", "mrg_rxbuf": "off"}

_DRIVER_FORMATS = {
    ImageFormat.QCOW2: "qcow2",
    ImageFormat.RAW: "raw",
    ImageFormat.ISO: "raw",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """What our element in a domain's metadata says."""

    generation: int
    run_epoch: int


def mark_element(mark: Mark) -> str:
    """The element that marks a domain as ours, for virDomainSetMetadata."""
    element = etree.Element("machine")
    element.set("generation", str(mark.generation))
    element.set("run-epoch", str(mark.run_epoch))
    return etree.tostring(element, encoding="unicode")


def read_mark(text: str) -> Mark | None:
    """Read our element; None when it is not ours or makes no sense."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        element = etree.fromstring(text, parser)
        return Mark(int(element.get("generation", "")), int(element.get("run-epoch", "")))
    except (etree.XMLSyntaxError, ValueError):
        return None


def domain_xml(definition: Definition) -> str:
    """Return the whole domain document for `definition`."""
    root = etree.Element("domain", type=definition.virt_type.value)
    _text(root, "name", definition.vm_id)
    _text(root, "uuid", definition.uid)
    _metadata(root, definition)
    _text(root, "memory", str(definition.memory_bytes), unit="bytes")
    _text(root, "vcpu", str(definition.vcpu_count))
    _system(root, definition.firmware)
    features = etree.SubElement(root, "features")
    etree.SubElement(features, "acpi")
    etree.SubElement(features, "apic")
    _cpu(root, definition.virt_type)
    etree.SubElement(root, "clock", offset="utc")
    _text(root, "on_poweroff", "destroy")
    _text(root, "on_reboot", "restart")
    _text(root, "on_crash", "destroy")
    devices = etree.SubElement(root, "devices")
    for index, disk in enumerate(definition.disks):
        _disk(devices, disk, index)
    for nic in definition.nics:
        _nic(devices, nic, definition)
    _serial(devices, str(definition.serial_log))
    etree.SubElement(devices, "memballoon", model="virtio")
    random = etree.SubElement(devices, "rng", model="virtio")
    _text(random, "backend", "/dev/urandom", model="random")
    return etree.tostring(root, encoding="unicode")


def _metadata(root: etree._Element, definition: Definition) -> None:
    metadata = etree.SubElement(root, "metadata")
    mark = etree.SubElement(metadata, f"{{{MARK_URI}}}machine", nsmap={MARK_PREFIX: MARK_URI})
    mark.set("generation", str(definition.generation))
    mark.set("run-epoch", str(definition.run_epoch))


def _system(root: etree._Element, firmware: Firmware) -> None:
    system = etree.SubElement(root, "os")
    if firmware is Firmware.UEFI:
        system.set("firmware", "efi")
    _text(system, "type", "hvm", arch="x86_64", machine="q35")


def _cpu(root: etree._Element, virt_type: VirtType) -> None:
    mode = "host-model" if virt_type is VirtType.KVM else "maximum"
    etree.SubElement(root, "cpu", mode=mode)


def _disk(devices: etree._Element, disk: DiskFile, index: int) -> None:
    kind = "cdrom" if disk.medium else "disk"
    element = etree.SubElement(devices, "disk", type="file", device=kind)
    driver = etree.SubElement(element, "driver", name="qemu", type=_DRIVER_FORMATS[disk.format])
    if not disk.medium and not disk.read_only:
        driver.set("cache", "none")
        driver.set("discard", "unmap")
        # A guest without room for what it writes is halted, not told of a broken disk.
        driver.set("error_policy", "enospace")
    etree.SubElement(element, "source", file=str(disk.path))
    prefix, bus = ("sd", "sata") if disk.medium else ("vd", "virtio")
    etree.SubElement(element, "target", dev=f"{prefix}{_letters(index)}", bus=bus)
    _text(element, "serial", disk.serial)
    if disk.medium or disk.read_only:
        etree.SubElement(element, "readonly")
    if disk.boot_order > 0:
        etree.SubElement(element, "boot", order=str(disk.boot_order))


def _nic(devices: etree._Element, nic: Nic, definition: Definition) -> None:
    element = etree.SubElement(devices, "interface", type="bridge")
    etree.SubElement(element, "mac", address=nic.mac)
    etree.SubElement(element, "source", bridge=definition.bridge)
    port = etree.SubElement(element, "virtualport", type="openvswitch")
    etree.SubElement(port, "parameters", interfaceid=nic.port_uid)
    etree.SubElement(element, "model", type="virtio")
    if not definition.offloads:
        driver = etree.SubElement(element, "driver", name="qemu")
        etree.SubElement(driver, "host", HOST_OFF)
        etree.SubElement(driver, "guest", GUEST_OFF)
    if nic.mtu > 0:
        etree.SubElement(element, "mtu", size=str(nic.mtu))


def _serial(devices: etree._Element, log_path: str) -> None:
    serial = etree.SubElement(devices, "serial", type="pty")
    etree.SubElement(serial, "log", file=log_path, append="on")
    etree.SubElement(serial, "target", type="isa-serial", port="0")
    console = etree.SubElement(devices, "console", type="pty")
    etree.SubElement(console, "target", type="serial", port="0")


def _letters(index: int) -> str:
    """The disk letters of libvirt: a to z, then aa, ab and so on."""
    text = ""
    index += 1
    while index > 0:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("a") + rest) + text
    return text


def _text(parent: etree._Element, tag: str, content: str, **attributes: str) -> None:
    etree.SubElement(parent, tag, attributes).text = content
