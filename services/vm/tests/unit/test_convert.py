"""Every named value survives the way to the wire and back (GEN-15)."""

from dataclasses import replace

import pytest

from quantix.agent.v1 import agent_pb2
from quantix.host.v1 import machine_sync_pb2
from quantix.vm.v1 import virtual_machine_pb2 as pb
from qvdc_vm.adapters.convert import sighting_from_wire, wanted_to_wire
from qvdc_vm.api import convert
from qvdc_vm.domain.observation import ConflictKind, ObservedState
from qvdc_vm.domain.state import HostPower, State
from qvdc_vm.domain.values import Firmware, PowerWish
from qvdc_vm.domain.wanted import wanted_of
from tests.vm_testing.builders import NOW, a_machine, a_spec


@pytest.mark.parametrize("state", list(State))
def test_states(state: State) -> None:
    message = convert.machine_to_wire(replace(a_machine(), state=state), now=NOW)
    request = pb.ListVirtualMachinesRequest(states=[message.state])

    assert convert.filter_from_wire(request).states == (state,)
    assert len(State) == len(pb.VirtualMachine.State.keys()) - 1


@pytest.mark.parametrize("firmware", list(Firmware))
def test_firmware(firmware: Firmware) -> None:
    machine = a_machine()
    machine = replace(machine, spec=replace(machine.spec, firmware=firmware))
    message = convert.machine_to_wire(machine, now=NOW)

    assert convert.spec_from_wire(message).firmware is firmware


@pytest.mark.parametrize("wish", list(PowerWish))
def test_power_wishes(wish: PowerWish) -> None:
    message = convert.machine_to_wire(replace(a_machine(), power_wish=wish), now=NOW)

    assert pb.VirtualMachine.PowerWish.Name(message.power_wish) == f"POWER_WISH_{wish.value}"


@pytest.mark.parametrize("kind", list(ConflictKind))
def test_conflicts(kind: ConflictKind) -> None:
    assert machine_sync_pb2.MachineConflict(kind=f"KIND_{kind.value}").kind


@pytest.mark.parametrize("state", list(ObservedState))
def test_observed_states(state: ObservedState) -> None:
    message = agent_pb2.ObservedMachine(vm_uid="u", state=f"STATE_{state.value}")

    assert sighting_from_wire(message, NOW).observed.state is state


@pytest.mark.parametrize("power", list(HostPower))
def test_host_power(power: HostPower) -> None:
    wanted = replace(wanted_of(a_machine(), user_data="", sources={}), power=power)
    name = agent_pb2.WantedMachine.Power.Name(wanted_to_wire(wanted).power)

    assert name == f"POWER_{power.value}"


def test_a_spec_survives_the_way_there_and_back() -> None:
    machine = a_machine()
    message = convert.machine_to_wire(machine, now=NOW)
    asked = convert.draft_from_wire(message).spec

    assert replace(asked, disks=(), nics=()) == replace(machine.spec, disks=(), nics=())
    assert asked.disks[0].image == a_spec().disks[0].image


def test_usage_of_a_stale_machine_is_not_shown() -> None:
    machine = a_machine()
    assert machine.observed is not None
    seen = replace(machine.observed, cpu_percent=5.0, memory_used_bytes=7)
    fresh = replace(machine, observed=seen, host_report_time=NOW)

    assert convert.machine_to_wire(fresh, now=NOW).usage.cpu_percent == 5.0
    stale = convert.machine_to_wire(replace(fresh, doubtful=True), now=NOW)
    assert stale.stale
    assert not stale.HasField("usage")
