"""Secrets go in and are never shown, not even as empty."""

import json
from typing import Any, cast

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from quantix.node.v1 import node_pb2
from quantix.vm.v1 import virtual_machine_pb2
from qvdc_console.api.rest.response import to_json


def shown(message: Message) -> Any:
    return json.loads(to_json(message.SerializeToString(), cast(Descriptor, message.DESCRIPTOR)))


def test_gen_3_what_is_for_input_alone_is_in_no_answer() -> None:
    machine = virtual_machine_pb2.VirtualMachine(
        name="vms/web-1",
        cloud_init=virtual_machine_pb2.CloudInit(hostname="web-1", user_data_set=True),
    )
    listed = virtual_machine_pb2.ListVirtualMachinesResponse(virtual_machines=[machine])

    for cloud_init in (
        shown(machine)["cloudInit"],
        shown(listed)["virtualMachines"][0]["cloudInit"],
    ):
        assert cloud_init["userDataSet"] is True
        assert "userData" not in cloud_init
        assert cloud_init["sshAuthorizedKeys"] == []


def test_gen_3_a_secret_that_an_owner_let_slip_stops_at_the_door() -> None:
    node = node_pb2.Node(name="nodes/h1")
    node.bmc.user, node.bmc.secret = "root", "calvin"

    assert shown(node)["bmc"]["user"] == "root"
    assert "calvin" not in json.dumps(shown(node))
