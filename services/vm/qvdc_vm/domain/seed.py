"""The NoCloud seed that a guest reads at its first boot."""

import json
from dataclasses import dataclass

from qvdc_vm.domain.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """The three files of a NoCloud seed; `user_data` may hold secrets."""

    meta_data: str
    user_data: str
    network_config: str


def seed_of(machine: VirtualMachine, user_data: str) -> Seed:
    """Write the seed of `machine`.

    The files are JSON, which is YAML too: whatever people wrote into names and keys is quoted.

    Args:
        user_data: raw user-data, passed on as it is; "" makes a #cloud-config with the ssh keys.
    """
    cloud_init = machine.spec.cloud_init
    hostname = cloud_init.hostname or machine.id
    meta_data = {"instance-id": machine.uid, "local-hostname": hostname}
    return Seed(
        meta_data=json.dumps(meta_data, indent=1) + "\n",
        user_data=user_data or _cloud_config(hostname, cloud_init.ssh_authorized_keys),
        network_config=_network_config(machine),
    )


def _cloud_config(hostname: str, ssh_authorized_keys: tuple[str, ...]) -> str:
    config: dict[str, object] = {"hostname": hostname, "manage_etc_hosts": True}
    if ssh_authorized_keys:
        config["ssh_authorized_keys"] = list(ssh_authorized_keys)
    return "#cloud-config\n" + json.dumps(config, indent=1) + "\n"


def _network_config(machine: VirtualMachine) -> str:
    cards = [nic.port for nic in machine.spec.nics if nic.port is not None]
    ethernets = {
        f"nic{position}": {"match": {"macaddress": port.mac}, "dhcp4": True}
        for position, port in enumerate(cards)
    }
    return json.dumps({"version": 2, "ethernets": ethernets}, indent=1) + "\n"
