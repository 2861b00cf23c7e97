"""Networks in PostgreSQL: stored whole, changed by one at a time, listed in pages."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from qvdc_core.clock import ManualClock
from qvdc_core.errors import EtagMismatch, IdempotencyKeyReused, InUse, InvalidField, NotFound
from qvdc_core.event import EventFilter, WatchKind
from qvdc_core.ids import Name
from qvdc_core.page import PageRequest
from qvdc_core.request import RequestKey
from qvdc_network.domain.network import (
    Network,
    NetworkFilter,
    NetworkObservation,
    NetworkPhase,
    NetworkType,
)
from qvdc_network.domain.port import PortDraft
from qvdc_network.domain.refusals import BeingDeleted, NameTaken
from tests.network_testing.builders import a_draft
from tests.network_testing.stores import ANN, Site

KEY = RequestKey("user:ann", "create", "11111111-1111-1111-1111-111111111111", "abc")


async def create(
    site: Site, network_id: str = "blue", *, key: RequestKey | None = None, **values: Any
) -> Network:
    """A stored network."""
    planned = await site.networks.create(
        a_draft(**values), network_id=network_id, key=key, actor=ANN, validate_only=False
    )
    return planned.network


async def update(site: Site, paths: set[str], etag: str = "", **values: Any) -> Network:
    """Change blue."""
    planned = await site.networks.update(
        Name("networks", "blue"), a_draft(**values), frozenset(paths),
        etag=etag, key=None, actor=ANN, validate_only=False,
    )  # fmt: skip
    return planned.network


async def delete(site: Site, name: str = "blue", **values: Any) -> None:
    """Ask for a network to go."""
    asked: dict[str, Any] = {"etag": "", "key": None, "validate_only": False} | values
    await site.networks.delete(Name("networks", name), actor=ANN, **asked)


async def add_port(site: Site, port_id: str, *fixed: str) -> None:
    """A port on blue."""
    draft = PortDraft(network="networks/blue", fixed_ips=fixed)
    await site.ports.create(draft, port_id=port_id, key=None, actor=ANN, validate_only=False)


async def test_everything_asked_for_is_read_back(site: Site) -> None:
    made = await create(
        site,
        display_name="Blue's <net>",
        description="'; drop table networks--",
        labels={"a": "1", "b": ""},
        gateway="none",
        mtu=1400,
        dhcp_ranges=(("10.20.0.9", "10.20.0.20"),),
        lease_seconds=60,
        dns_servers=("1.1.1.1",),
        domain="blue.example",
        ntp_servers=("10.20.0.3",),
        reserved=("10.20.0.4-10.20.0.6", "10.20.0.30"),
        port_security=False,
        admin_up=False,
    )
    assert await site.networks.get(Name("networks", "blue")) == made
    assert await site.networks.get(Name("networks", made.uid)) == made
    isolated = await create(site, "iso", type=NetworkType.ISOLATED, cidr="")
    assert await site.networks.get(Name("networks", "iso")) == isolated


async def test_an_id_is_taken_once(site: Site) -> None:
    await create(site)
    with pytest.raises(NameTaken):
        await create(site)
    for wrong in ("Blue", "-x", "watch", "00000000-0000-4000-8000-000000000001"):
        with pytest.raises(InvalidField):
            await create(site, wrong)


async def test_a_repeated_request_gets_its_first_answer(site: Site) -> None:
    first = await create(site, key=KEY)
    assert await create(site, key=KEY) == first
    with pytest.raises(IdempotencyKeyReused):
        await create(site, key=RequestKey(KEY.actor, KEY.rpc, KEY.request_id, "other"))


async def test_validate_only_plans_and_stores_nothing(site: Site) -> None:
    await create(site, "other", cidr="10.20.0.0/16")
    planned = await site.networks.create(
        a_draft(), network_id="blue", key=None, actor=ANN, validate_only=True
    )
    assert planned.plan is not None
    assert planned.plan.summary.startswith("Makes networks/blue")
    assert "networks/other" in planned.plan.warnings[0]
    with pytest.raises(NotFound):
        await site.networks.get(Name("networks", "blue"))
    with pytest.raises(NameTaken):
        await site.networks.create(
            a_draft(), network_id="other", key=None, actor=ANN, validate_only=True
        )


async def test_changes_raise_the_generation_and_stale_etags_are_refused(site: Site) -> None:
    made = await create(site)
    changed = await update(site, {"mtu"}, made.etag, mtu=1300)

    assert (changed.spec.mtu, changed.generation) == (1300, 2)
    assert changed.phase(changed.update_time)[0] is NetworkPhase.PENDING
    with pytest.raises(EtagMismatch) as refused:
        await update(site, {"mtu"}, made.etag, mtu=1200)
    assert refused.value.facts["changed_by"] == "user:ann"
    assert (await update(site, {"mtu"}, mtu=1300)).etag == changed.etag


async def test_a_change_that_would_misplace_ports_is_refused(site: Site) -> None:
    await create(site)
    await add_port(site, "p1", "10.20.0.9")
    changes: list[tuple[str, dict[str, Any]]] = [
        ("ipv4", {"cidr": "10.30.0.0/24"}),
        ("reserved", {"reserved": ("10.20.0.8-10.20.0.10",)}),
        ("ipv4.gateway", {"gateway": "10.20.0.9"}),
    ]
    for path, values in changes:
        with pytest.raises(InUse) as refused:
            await update(site, {path}, **values)
        assert refused.value.facts["blockers"] == "ports/p1"
    assert (await update(site, {"ipv4"}, cidr="10.20.0.0/23")).spec.subnet is not None


async def test_a_network_with_ports_stays_and_says_who_holds_it(site: Site) -> None:
    await create(site)
    for number in range(22):
        await add_port(site, f"p{number:02}")
    with pytest.raises(InUse) as refused:
        await delete(site)
    assert refused.value.facts["total"] == "22"
    assert refused.value.facts["blockers"].split(",")[0] == "ports/p00"
    assert len(refused.value.facts["blockers"].split(",")) == 20
    seen = await site.networks.get(Name("networks", "blue"))
    assert (seen.port_count, seen.used_count, seen.delete_time) == (22, 22, None)


async def test_a_network_that_goes_is_readable_takes_no_port_and_may_be_asked_again(
    site: Site,
) -> None:
    await create(site)
    await delete(site, validate_only=True)
    await delete(site)
    await delete(site)
    seen = await site.networks.get(Name("networks", "blue"))
    assert seen.phase(seen.update_time)[0] is NetworkPhase.DELETING
    with pytest.raises(BeingDeleted):
        await add_port(site, "p1")
    with pytest.raises(BeingDeleted):
        await update(site, {"mtu"}, mtu=1300)


async def test_lists_are_filtered_and_paged(site: Site, clock: ManualClock) -> None:
    for number in range(5):
        await create(site, f"n{number}", cidr="", labels={"k": str(number % 2)})
    await create(site, "iso", type=NetworkType.ISOLATED, description="a % sign")

    async def ids(size: int = 50, **values: Any) -> list[str]:
        found: list[str] = []
        token = ""
        while True:
            page = await site.networks.page(NetworkFilter(**values), PageRequest(size, token))
            found += [network.id for network in page.items]
            if not (token := page.next_token):
                return found

    assert await ids(2) == ["iso", "n0", "n1", "n2", "n3", "n4"]
    assert await ids(name_prefix="n") == ["n0", "n1", "n2", "n3", "n4"]
    assert await ids(labels=(("k", "1"),)) == ["n1", "n3"]
    assert await ids(query="%") == ["iso"]
    assert await ids(types=(NetworkType.ISOLATED,)) == ["iso"]
    assert await ids(phases=(NetworkPhase.READY, NetworkPhase.DEGRADED)) == []
    ready = NetworkObservation(generation=1, phase=NetworkPhase.READY, time=clock.now())
    async with site.unit_of_work() as work:
        network = await work.networks.get(Name("networks", "n0"))
        await work.networks.observe(network.uid, ready)
        await work.commit()
    assert await ids(phases=(NetworkPhase.READY,)) == ["n0"]
    clock.advance(timedelta(seconds=91))
    assert await ids(phases=(NetworkPhase.DEGRADED,)) == ["n0"]
    network = await site.networks.get(Name("networks", "n0"))
    assert network.phase(clock.now())[0] is NetworkPhase.DEGRADED
    with pytest.raises(InvalidField):
        await site.networks.page(NetworkFilter(), PageRequest(2, "nonsense"))


async def test_every_change_is_watched_and_told(site: Site) -> None:
    await create(site)
    stream: AsyncIterator[Any] = site.networks.watch(resume_token="")
    first = await anext(stream)
    assert (first.kind, first.value.id) == (WatchKind.SNAPSHOT, "blue")
    assert (await anext(stream)).kind is WatchKind.SYNCED
    await update(site, {"mtu"}, mtu=1300)
    changed = await anext(stream)
    assert (changed.kind, changed.value.spec.mtu) == (WatchKind.CHANGED, 1300)
    async with site.unit_of_work() as work:
        told = await work.events.page(EventFilter(subject="networks/blue"), PageRequest())
    assert [event.draft.kind for event in told.items] == ["NetworkUpdated", "NetworkCreated"]
