"""Ports in PostgreSQL: addresses come and go with them, and none is given twice."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address
from typing import Any

import pytest

from qvdc_core.actor import Actor, ActorKind
from qvdc_core.clock import ManualClock
from qvdc_core.errors import EtagMismatch, InUse, InvalidField, NotFound
from qvdc_core.event import EventFilter
from qvdc_core.ids import Name
from qvdc_core.page import PageRequest
from qvdc_core.request import RequestKey
from qvdc_network.domain.port import PluggedPort, Port, PortDraft, PortFilter
from qvdc_network.domain.refusals import (
    AddressInUse,
    IdentityMismatch,
    InvalidSpec,
    MacInUse,
    NameTaken,
    NoFreeAddress,
)
from qvdc_network.domain.report import HostReport
from tests.network_testing.builders import a_draft
from tests.network_testing.stores import ANN, VM, Site

NODE = "00000000-0000-4000-a000-000000000001"
BLUE = Name("networks", "blue")


@pytest.fixture(autouse=True)
async def _blue(site: Site) -> None:
    """The network that ports are on."""
    await site.networks.create(
        a_draft(), network_id="blue", key=None, actor=ANN, validate_only=False
    )


async def create(site: Site, port_id: str = "", **values: Any) -> Port:
    """A stored port."""
    asked: dict[str, Any] = {"key": None, "actor": VM, "validate_only": False}
    asked |= {name: values.pop(name) for name in tuple(values) if name in asked}
    drafted: dict[str, Any] = {"network": "networks/blue"} | values
    return await site.ports.create(PortDraft(**drafted), port_id=port_id, **asked)


async def delete(site: Site, name: str, **values: Any) -> None:
    """Delete a port."""
    asked: dict[str, Any] = {"etag": "", "key": None, "validate_only": False, "actor": VM}
    await site.ports.delete(Name("ports", name), **(asked | values))


async def test_a_port_is_given_the_next_address_and_a_hardware_address(site: Site) -> None:
    first, second = await create(site), await create(site, hostname="web-1")

    assert first.fixed_ips == (IPv4Address("10.20.0.2"),)
    assert second.fixed_ips == (IPv4Address("10.20.0.3"),)
    assert first.mac != second.mac
    assert first.mac.startswith("02:71:76:")
    stored = await site.ports.get(Name("ports", second.uid))
    assert stored == second
    assert stored.mtu == 1442


async def test_a_hundred_at_once_get_a_hundred_addresses(site: Site) -> None:
    made = await asyncio.gather(*(create(site) for _ in range(100)))

    given = {address for port in made for address in port.fixed_ips}
    assert given == {IPv4Address(f"10.20.0.{number}") for number in range(2, 102)}
    assert len({port.mac for port in made}) == 100


async def test_the_last_address_is_told_and_the_next_is_refused(site: Site) -> None:
    await site.networks.create(
        a_draft(cidr="10.9.0.0/30"), network_id="tiny", key=None, actor=ANN, validate_only=False
    )
    made = await create(site, network="networks/tiny")
    with pytest.raises(NoFreeAddress) as refused:
        await create(site, network="networks/tiny")
    assert refused.value.facts == {"network": "networks/tiny", "total_count": "2"}
    async with site.unit_of_work() as work:
        told = await work.events.page(EventFilter(kinds=("AddressExhausted",)), PageRequest())
    assert [event.draft.subject for event in told.items] == ["networks/tiny"]
    await delete(site, made.id)
    assert (await create(site, network="networks/tiny")).fixed_ips == made.fixed_ips


async def test_chosen_addresses_are_held_by_one(site: Site) -> None:
    chosen = await create(site, "p1", fixed_ips=("10.20.0.9", "10.20.0.7"), mac="02:00:00:00:00:09")
    assert [str(each) for each in chosen.fixed_ips] == ["10.20.0.9", "10.20.0.7"]
    assert (await site.ports.get(Name("ports", "p1"))).fixed_ips == chosen.fixed_ips
    with pytest.raises(AddressInUse) as held:
        await create(site, fixed_ips=("10.20.0.7",))
    assert held.value.facts == {"address": "10.20.0.7", "port": "ports/p1"}
    with pytest.raises(MacInUse):
        await create(site, mac="02:00:00:00:00:09")
    with pytest.raises(InvalidSpec):
        await create(site, fixed_ips=("10.20.0.1",))
    page = await site.networks.addresses(BLUE, PageRequest(1))
    assert [(str(each.address), each.port) for each in page.items] == [("10.20.0.7", "ports/p1")]
    page = await site.networks.addresses(BLUE, PageRequest(1, page.next_token))
    assert [str(each.address) for each in page.items] == ["10.20.0.9"]
    assert page.next_token == ""


async def test_an_address_wanted_by_many_at_once_is_held_by_one(site: Site) -> None:
    async def attempt() -> bool:
        try:
            await create(site, fixed_ips=("10.20.0.50",))
        except AddressInUse:
            return False
        return True

    assert sum(await asyncio.gather(*(attempt() for _ in range(20)))) == 1


async def test_the_same_port_for_the_same_owner_is_answered_again(site: Site) -> None:
    owner = {"owner": "vms/web-1", "owner_uid": "u1"}
    first = await create(site, "web-1-nic0", **owner)
    again = await create(site, "web-1-nic0", **owner)
    assert again.uid == first.uid
    with pytest.raises(NameTaken):
        await create(site, "web-1-nic0", owner="vms/web-1", owner_uid="u2")
    with pytest.raises(NameTaken):
        await create(site, "web-1-nic0")
    key = RequestKey("service/vm", "create", "11111111-1111-1111-1111-111111111111", "x")
    repeated = [await create(site, key=key) for _ in range(2)]
    assert repeated[0] == repeated[1]


async def test_a_machines_port_is_the_machines_service_s(site: Site) -> None:
    await create(site, "nic", owner="vms/web-1", owner_uid="u1")
    with pytest.raises(InUse) as refused:
        await delete(site, "nic", actor=ANN)
    assert refused.value.facts["blockers"] == "vms/web-1"
    with pytest.raises(InvalidSpec):
        await create(site, actor=ANN, owner="vms/web-1", owner_uid="u1")
    await delete(site, "nic")
    with pytest.raises(NotFound):
        await delete(site, "nic")


async def test_validate_only_and_stale_etags_change_nothing(site: Site) -> None:
    planned = await create(site, "nic", validate_only=True)
    assert planned.fixed_ips == (IPv4Address("10.20.0.2"),)
    made = await create(site, "nic")
    assert made.fixed_ips == planned.fixed_ips
    with pytest.raises(EtagMismatch):
        await delete(site, "nic", etag="other")
    await delete(site, "nic", validate_only=True)
    await delete(site, "nic", etag=made.etag)


async def test_a_port_without_a_network_is_refused(site: Site) -> None:
    with pytest.raises(NotFound):
        await create(site, network="networks/none")
    with pytest.raises(InvalidField):
        await create(site, network="vms/x")


async def test_lists_are_filtered(site: Site) -> None:
    await site.networks.create(
        a_draft(cidr=""), network_id="flat", key=None, actor=ANN, validate_only=False
    )
    await create(site, "a", owner="vms/web-1", owner_uid="u1", labels={"k": "v"})
    flat = await create(site, "b", network="networks/flat")
    assert flat.fixed_ips == ()

    async def ids(**values: Any) -> list[str]:
        page = await site.ports.page(PortFilter(**values), PageRequest())
        return [port.id for port in page.items]

    assert await ids() == ["a", "b"]
    assert await ids(network="flat") == await ids(network=flat.network_uid) == ["b"]
    assert await ids(owner="vms/web-1") == await ids(labels=(("k", "v"),)) == ["a"]


async def test_hosts_reports_replace_one_another(site: Site, clock: ManualClock) -> None:
    host = Actor(f"node/{NODE}", ActorKind.NODE)
    port = await create(site)
    plugged = PluggedPort(port.uid, "vnet0", link_up=True)
    unknown = PluggedPort("00000000-0000-4000-b000-000000000009", "vnet1", link_up=None)

    async def report(*ports: PluggedPort, node_uid: str = NODE) -> list[Any]:
        told = HostReport(node_uid=node_uid, chassis="c1", ports=ports, observe_time=clock.now())
        await site.reports.report(told, actor=host)
        async with site.unit_of_work() as work:
            found = await work.reports.plugs()
        return [(each.interface, each.report_time) for each in found.get(port.uid, ())]

    assert await report(plugged, unknown) == [("vnet0", clock.now())]
    clock.advance(timedelta(seconds=5))
    assert await report(plugged) == [("vnet0", clock.now())]
    assert await report(replace(plugged, interface="vnet7")) == [("vnet7", clock.now())]
    assert await report() == []
    with pytest.raises(IdentityMismatch):
        await report(node_uid="00000000-0000-4000-a000-000000000002")
    await report(plugged)
    await delete(site, port.id)
