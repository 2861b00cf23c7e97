"""The loop keeps OVN as networks and ports are wanted, whatever happens to either."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from qvdc_coord.keys import leader_key
from qvdc_core.actor import Actor, ActorKind
from qvdc_core.clock import SystemClock
from qvdc_core.errors import StaleFence
from qvdc_core.fence import Fence
from qvdc_core.ids import Name
from qvdc_network.domain.network import NetworkPhase
from qvdc_network.domain.ovn_rows import switch_name
from qvdc_network.domain.port import PluggedPort, PortStatus
from qvdc_network.domain.report import HostReport
from qvdc_network.ports import OvnView
from qvdc_network.reconcile.ovn import LOOP, WHOLE_EVERY
from tests.network_testing.stores import VM
from tests.network_testing.world import World

NODE = "00000000-0000-4000-a000-000000000001"
PERIOD = timedelta(seconds=5)
HOST = Actor(f"node/{NODE}", ActorKind.NODE)


async def delete(world: World, name: str = "blue") -> None:
    """Ask for a network to go."""
    await world.site.networks.delete(
        Name("networks", name), etag="", key=None, actor=VM, validate_only=False
    )


async def test_a_network_is_ready_when_its_rows_are_on_ovn_and_gone_when_they_are_gone(
    world: World,
) -> None:
    await world.run()
    made = await world.network()
    assert made.phase(datetime.now(UTC))[0] is NetworkPhase.PENDING

    ready = await world.until_network(NetworkPhase.READY)
    assert ready.observed.time is not None
    assert switch_name(made.uid) in world.central.sbctl(
        "--bare", "--columns=external_ids", "list", "Datapath_Binding"
    )
    assert len(await world.told("NetworkReady")) == 1

    await delete(world)
    await world.until_gone()
    assert world.central.nbctl("ls-list") == ""
    assert world.central.nbctl("list", "DHCP_Options") == ""
    assert len(await world.told("NetworkDeleted")) == 1


async def test_a_port_is_active_when_plugged_and_bound_and_down_when_its_tap_vanishes(
    world: World,
) -> None:
    await world.run()
    await world.network()
    port = await world.port(hostname="web-1")
    await world.until_port(PortStatus.BUILD)
    world.central.sbctl("chassis-add", "c1", "geneve", "127.0.0.1")
    world.central.sbctl("lsp-bind", port.uid, "c1")

    async def report(*ports: PluggedPort) -> None:
        now = SystemClock().now()
        told = HostReport(node_uid=NODE, chassis="c1", ports=ports, observe_time=now)
        await world.site.reports.report(told, actor=HOST)

    await report(PluggedPort(port.uid, "vnet0", link_up=True))
    active = await world.until_port(PortStatus.ACTIVE)
    assert (active.observed.bound, active.observed.node_uid) == (True, NODE)
    await report()
    down = await world.until_port(PortStatus.DOWN)
    assert (down.observed.bound, down.observed.node_uid) == (True, "")
    assert len(await world.told("PortBound")) == len(await world.told("PortDown")) == 1


async def test_drift_is_mended_and_told_and_foreign_rows_stay(world: World) -> None:
    await world.run()
    network = await world.network()
    port = await world.port()
    await world.until_port(PortStatus.BUILD)
    await world.until_network(NetworkPhase.READY)
    world.central.nbctl("ls-add", "foreign")

    stream = world.site.networks.watch(resume_token="")
    world.central.nbctl("lsp-del", port.uid)
    async with asyncio.timeout(30):
        while not await world.told("DriftRepaired"):
            await anext(stream)

    assert port.uid in world.central.nbctl("lsp-list", switch_name(network.uid))
    (told,) = await world.told("DriftRepaired")
    assert told.draft.subject == "networks/blue"
    assert "create 1 Logical_Switch_Port" in told.draft.text
    assert "foreign" in world.central.nbctl("ls-list")


async def test_an_emptied_ovn_is_rebuilt_from_what_is_stored(world: World) -> None:
    await world.run()
    for number in range(5):
        await world.network(f"n{number}", cidr=f"10.{number}.0.0/24")
        await world.until_network(NetworkPhase.READY, network_id=f"n{number}")

    world.central.stop_database("nb", empty=True)
    world.central.stop_database("sb", empty=True)
    world.central.start_database("nb")
    world.central.start_database("sb")
    world.central.nbctl("--wait=sb", "sync")

    stream = world.site.networks.watch(resume_token="")
    async with asyncio.timeout(30):
        while len(await world.told("DriftRepaired")) < 5:
            await anext(stream)
    assert len(world.central.nbctl("ls-list").splitlines()) == 5


async def test_while_ovn_is_away_networks_are_stored_and_say_why_they_wait(world: World) -> None:
    world.central.stop_database("nb")
    copy = await world.run()
    await world.network()
    await world.until_network(NetworkPhase.PENDING, "northbound database is away")
    assert copy.connected.value == 0

    world.central.start_database("nb")

    await world.until_network(NetworkPhase.READY)
    assert copy.connected.value == 1


async def test_without_northd_a_network_is_applying_and_not_ready(world: World) -> None:
    world.central.northd.signal(19)
    await world.run()
    await world.network()
    await world.until_network(NetworkPhase.APPLYING, "northd has not worked through it")

    world.central.northd.signal(18)

    await world.until_network(NetworkPhase.READY)


async def test_turns_pass_only_when_something_happened_or_time_has_come(world: World) -> None:
    looks: list[str] = []
    copy = await world.copy()
    look = copy.ovn.look

    async def counted() -> OvnView:
        looks.append("look")
        return await look()

    copy.ovn.look = counted  # type: ignore[method-assign] # only counts
    turns = copy.leadership.turns(every=PERIOD)
    fence = await anext(turns)

    async def passes() -> bool:
        looks.clear()
        await copy.reconciler._turn(fence)
        return bool(looks)

    async def rest() -> None:
        for _ in range(10):
            if not await passes():
                return
        pytest.fail("it never rests")

    assert await passes()
    await rest()
    await world.network()
    assert await passes()
    assert (await world.read()).settled
    await rest()
    copy.reconciler.wake()
    assert await passes()
    await rest()
    copy.clock.advance(WHOLE_EVERY)
    assert await passes()
    await turns.aclose()


async def test_a_leader_held_before_its_effect_and_replaced_is_refused_by_ovn_and_postgresql(
    world: World,
) -> None:
    """Held at the seam between its last check and its send; a new leader acts; what the old
    one then does is refused, and nothing that the new one made is touched."""
    held, released = asyncio.Event(), asyncio.Event()

    async def hold(_fence: Fence) -> None:
        held.set()
        await released.wait()

    old, new = await world.copy(hold), await world.copy()
    await world.network()
    old_turns = old.leadership.turns(every=PERIOD)
    old_fence = await anext(old_turns)
    late = asyncio.create_task(old.reconciler.run_once(old_fence))
    await held.wait()
    await world.etcd.delete(leader_key(LOOP))
    new_turns = new.leadership.turns(every=PERIOD)
    new_fence = await anext(new_turns)
    assert old.leadership.still(old_fence)
    await delete(world)
    await world.network("red", cidr="10.30.0.0/24")
    await new.reconciler.run_once(new_fence)
    assert (await world.read("red")).settled
    released.set()

    with pytest.raises(StaleFence):
        await late

    red = await world.read("red")
    assert world.central.nbctl("ls-list").endswith(f"({switch_name(red.uid)})")
    assert len(world.central.nbctl("ls-list").splitlines()) == 1
    async with world.site.unit_of_work() as work:
        with pytest.raises(StaleFence):
            await work.fences.check(old_fence)
    await old_turns.aclose()
    await new_turns.aclose()
