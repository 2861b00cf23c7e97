"""Writing and reading OVN's databases, and who may write."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from qvdc_core.errors import StaleFence
from qvdc_core.fence import Fence
from qvdc_network.adapters.ovn import OvnDatabases
from qvdc_network.domain.network import Network
from qvdc_network.domain.ovn_plan import diff
from qvdc_network.domain.ovn_rows import rows_of, switch_name
from qvdc_network.domain.port import Port
from qvdc_network.domain.refusals import OvnUnavailable
from tests.network_testing.builders import a_network, a_port
from tests.network_testing.ovn import OvnCentral

OLD = Fence(1, "ovn", 5)
NEW = Fence(1, "ovn", 9)


@pytest.fixture
async def ovn(central: OvnCentral) -> AsyncIterator[OvnDatabases]:
    """The adapter on the test's central."""
    databases = OvnDatabases(nb_remote=central.nb, sb_remote=central.sb)
    yield databases
    await databases.close()


async def make(ovn: OvnDatabases, network: Network, *ports: Port, fence: Fence = OLD) -> None:
    """Bring OVN to what is wanted."""
    view = await ovn.look()
    await ovn.apply(diff(rows_of(network, ports), view.rows), fence=fence)
    assert await ovn.processed(within=timedelta(seconds=10))


async def ovn_answers(ovn: OvnDatabases) -> bool:
    """Whether OVN can be looked at."""
    try:
        await ovn.look()
    except OvnUnavailable:
        return False
    return True


async def test_what_was_applied_is_what_is_seen(ovn: OvnDatabases, central: OvnCentral) -> None:
    network = a_network(
        dns_servers=("1.1.1.1", "9.9.9.9"), ntp_servers=("10.20.0.5",), domain="blue.example"
    )
    ports = [a_port(network, 1, hostname="web-1"), a_port(network, 2, admin_up=False)]

    await make(ovn, network, *ports)

    view = await ovn.look()
    assert diff(rows_of(network, ports), view.rows) == ()
    assert set(view.bindings) == {port.uid for port in ports}
    options = central.nbctl("--bare", "--columns=options", "list", "DHCP_Options")
    assert "router=10.20.0.1" in options
    assert "mtu=1442" in options
    flows = central.sbctl("--no-heading", "lflow-list", switch_name(network.uid))
    assert 'hostname = "web-1"' in flows
    assert 'domain_name = "blue.example"' in flows


async def test_changes_and_removals_reach_ovn_and_foreign_rows_stay(
    ovn: OvnDatabases, central: OvnCentral
) -> None:
    central.nbctl("ls-add", "foreign", "--", "lsp-add", "foreign", "foreign-port")
    network = a_network()
    first, second = a_port(network, 1), a_port(network, 2)
    await make(ovn, network, first, second)

    await make(ovn, a_network(port_security=False, dhcp_enabled=False), second)

    view = await ovn.look()
    assert len(view.rows) == 2
    assert central.nbctl("lsp-get-port-security", second.uid) == ""
    await ovn.apply(diff([], view.rows), fence=OLD)
    assert (await ovn.look()).rows == ()
    assert "foreign-port" in central.nbctl("show", "foreign")


async def test_rows_without_our_marks_or_in_the_wrong_place_are_mended_in_place(
    ovn: OvnDatabases, central: OvnCentral
) -> None:
    network = a_network()
    port = a_port(network)
    await make(ovn, network, port)
    uuid = central.nbctl("--bare", "--columns=_uuid", "find", "Logical_Switch_Port")
    central.nbctl("clear", "Logical_Switch_Port", port.uid, "external_ids")
    central.nbctl("ls-add", "elsewhere")
    central.nbctl(
        "remove", "Logical_Switch", switch_name(network.uid), "ports", uuid,
        "--", "add", "Logical_Switch", "elsewhere", "ports", uuid,
    )  # fmt: skip
    central.nbctl("set", "Logical_Switch", switch_name(network.uid), "name=x")

    await make(ovn, network, port)

    assert central.nbctl("--bare", "--columns=_uuid", "find", "Logical_Switch_Port") == uuid
    assert port.uid in central.nbctl("lsp-list", switch_name(network.uid))
    assert central.nbctl("lsp-list", "elsewhere") == ""


async def test_an_older_leader_is_refused_by_ovn(ovn: OvnDatabases) -> None:
    network = a_network()
    await make(ovn, network, fence=NEW)

    with pytest.raises(StaleFence):
        await ovn.apply(diff([], (await ovn.look()).rows), fence=OLD)

    assert (await ovn.look()).rows != ()
    await make(ovn, a_network(mtu=1400), fence=NEW)


async def test_a_held_old_leaders_late_transaction_is_refused_by_ovn_after_a_new_leaders_fence(
    central: OvnCentral, ovn: OvnDatabases
) -> None:
    """The old leader is held after its last check, its transaction composed and unsent; the new
    leader writes its fence; what the old one then sends must change nothing."""
    held, released = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        assert released.wait(30)

    old = OvnDatabases(nb_remote=central.nb, sb_remote=central.sb, before_send=hold)
    network = a_network()
    await make(ovn, network, fence=OLD)
    wanted_by_the_old = diff([], (await old.look()).rows)

    late = asyncio.create_task(old.apply(wanted_by_the_old, fence=OLD))
    assert await asyncio.to_thread(held.wait, 30)
    await make(ovn, a_network(mtu=1300), fence=NEW)
    released.set()

    with pytest.raises(StaleFence):
        await late
    assert len((await ovn.look()).rows) == 2
    assert "mtu=1300" in central.nbctl("--bare", "--columns=options", "list", "DHCP_Options")
    await old.close()


async def test_ovn_away_is_said_and_its_return_is_noticed(central: OvnCentral) -> None:
    woken = asyncio.Event()
    ovn = OvnDatabases(nb_remote=central.nb, sb_remote=central.sb)
    ovn.on_stir(woken.set)
    network = a_network()
    await make(ovn, network)
    central.stop_database("nb", empty=True)
    for _ in range(200):
        if not await ovn_answers(ovn):
            break
        await asyncio.sleep(0.05)
    else:
        pytest.fail("a database that is away was not noticed")
    woken.clear()
    central.start_database("nb")
    central.nbctl("--wait=sb", "sync")

    async with asyncio.timeout(30):
        await woken.wait()
    assert (await ovn.look()).rows == ()
    await make(ovn, network)
    await ovn.close()


async def test_nobody_there_is_unavailable_soon(central: OvnCentral) -> None:
    ovn = OvnDatabases(nb_remote="unix:/nowhere.sock", sb_remote=central.sb)
    async with asyncio.timeout(10):
        with pytest.raises(OvnUnavailable):
            await ovn.look()
    await ovn.close()


async def test_a_silent_northd_is_told_from_a_working_one(
    ovn: OvnDatabases, central: OvnCentral
) -> None:
    network = a_network()
    central.northd.signal(19)
    await ovn.apply(diff(rows_of(network, []), ()), fence=OLD)
    assert not await ovn.processed(within=timedelta(seconds=0.3))

    central.northd.signal(18)

    assert await ovn.processed(within=timedelta(seconds=10))


async def test_five_hundred_ports_in_one_transaction(ovn: OvnDatabases) -> None:
    network = a_network(cidr="10.0.0.0/16")
    ports = [a_port(network, number) for number in range(1, 501)]
    async with asyncio.timeout(20):
        await make(ovn, network, *ports)
    moved = [replace(port, hostname="h") for port in ports]
    await make(ovn, network, *moved)
    assert diff(rows_of(network, moved), (await ovn.look()).rows) == ()
