"""What makes a good machine, and what the guest is told."""

import json
from dataclasses import replace

import pytest

from qvdc_core.errors import InvalidField
from qvdc_core.units import GIB, MIB
from qvdc_vm.domain.creation import Draft, completed
from qvdc_vm.domain.seed import seed_of
from qvdc_vm.domain.update import Change, changed
from qvdc_vm.domain.values import CloudInit, Disk, Nic, PlacementWishes, Spec
from tests.vm_testing.builders import BASE, NOW, a_draft, a_machine, a_spec

HOSTILE = "\"; rm -rf / #\n  - evil: &a [*a]\x00'<x/>{{7*7}}"


def _broken(spec: Spec, *, user_data: str = "") -> set[str]:
    with pytest.raises(InvalidField) as refused:
        completed(replace(a_draft(spec), user_data=user_data))
    return {each.field.removeprefix("virtual_machine.") for each in refused.value.fields}


def test_disks_are_named_by_position() -> None:
    spec = replace(
        a_spec(), disks=(Disk(disk_id="", image="images/a"), Disk(disk_id="data", size_bytes=GIB))
    )

    assert [disk.disk_id for disk in completed(Draft(spec=spec)).spec.disks] == ["disk0", "data"]


def test_every_broken_rule_is_named_at_once() -> None:
    spec = Spec(
        cluster="",
        memory_bytes=GIB + 1,
        disks=(Disk(disk_id="a"), Disk(disk_id="a", size_bytes=MIB + 1)),
        nics=(
            Nic(network="networks/n", mac="52:54:00:00:00:01"),
            Nic(network="networks/n", mac="52:54:00:00:00:01"),
            Nic(network="networks/n", mac="01:54:00:00:00:01"),
        ),
        wishes=PlacementWishes(required_nodes=("nodes/h1",), excluded_nodes=("nodes/h1", "h2")),
    )

    assert _broken(spec) == {
        "cluster",
        "memory_bytes",
        "disks[0].disk_id",
        "disks[0].size_bytes",
        "disks[1].disk_id",
        "disks[1].size_bytes",
        "nics[0].mac",
        "nics[1].mac",
        "nics[2].mac",
        "placement",
        "placement.required_nodes",
    }


def test_user_data_is_limited_in_bytes() -> None:
    assert _broken(a_spec(), user_data="ö" * 40_000) == {"cloud_init.user_data"}


def test_a_key_of_several_lines_is_refused() -> None:
    spec = replace(a_spec(), cloud_init=CloudInit(ssh_authorized_keys=("ssh-rsa A\nruncmd: []",)))

    assert _broken(spec) == {"cloud_init.ssh_authorized_keys[0]"}


def test_a_disk_without_size_is_as_large_as_its_image() -> None:
    disk = Disk(disk_id="root", image="images/a", base=replace(BASE, virtual_size_bytes=MIB + 1))

    assert disk.effective_size_bytes == 2 * MIB


def test_the_seed_names_the_machine_and_matches_cards_by_address() -> None:
    seed = seed_of(a_machine(), "")

    assert json.loads(seed.meta_data) == {
        "instance-id": a_machine().uid,
        "local-hostname": "web-1",
    }
    config = json.loads(seed.user_data.removeprefix("#cloud-config\n"))
    assert config["ssh_authorized_keys"] == ["ssh-ed25519 AAAA me"]
    assert json.loads(seed.network_config) == {
        "version": 2,
        "ethernets": {"nic0": {"match": {"macaddress": "52:54:00:00:00:01"}, "dhcp4": True}},
    }


def test_raw_user_data_is_passed_on_as_it_is() -> None:
    assert seed_of(a_machine(), HOSTILE).user_data == HOSTILE


def test_hostile_text_stays_text_in_the_seed() -> None:
    machine = a_machine()
    spec = replace(machine.spec, cloud_init=CloudInit(hostname=HOSTILE))
    seed = seed_of(replace(machine, spec=spec), "")

    assert json.loads(seed.meta_data)["local-hostname"] == HOSTILE


def test_an_update_that_changes_nothing_is_no_change() -> None:
    machine = a_machine()

    assert changed(machine, Change(notes=machine.notes), actor="user:bob", now=NOW) is machine
    after = changed(machine, Change(notes="n"), actor="user:bob", now=NOW)
    assert after.generation == machine.generation + 1
    assert after.updated_by == "user:bob"


def test_user_data_cannot_be_changed() -> None:
    machine = a_machine()
    change = Change(fixed=frozenset({"cloud_init"}), spec=machine.spec, user_data_given=True)
    with pytest.raises(InvalidField):
        changed(machine, change, actor="user:bob", now=NOW)
