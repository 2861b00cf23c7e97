"""Host and owner agree on what is plugged, or say where they do not (HB-3, HB-4)."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from qvdc_core.actor import Actor, ActorKind
from qvdc_core.clock import ManualClock
from qvdc_network.domain.port import PluggedPort, PortDraft
from qvdc_network.domain.report import Answer, Conflict, ConflictKind, HostReport, host_hash
from qvdc_network.usecases.port_sync import PortReports
from tests.network_testing.builders import a_draft
from tests.network_testing.stores import ANN, VM, Site

NODE = "00000000-0000-4000-a000-000000000001"
OTHER = "00000000-0000-4000-a000-000000000002"
UNKNOWN = "00000000-0000-4000-b000-000000000009"

Tell = Callable[..., Coroutine[Any, Any, Answer]]


@pytest.fixture
async def plugged(site: Site) -> PluggedPort:
    """A port that a host may plug."""
    await site.networks.create(
        a_draft(), network_id="blue", key=None, actor=ANN, validate_only=False
    )
    port = await site.ports.create(
        PortDraft(network="networks/blue"), port_id="a", key=None, actor=VM, validate_only=False
    )
    return PluggedPort(port.uid, "vnet0", link_up=True, change_count=1)


@pytest.fixture
def tell(site: Site, clock: ManualClock) -> Tell:
    """A host tells these ports."""

    async def telling(*ports: PluggedPort, node_uid: str = NODE, **signs: Any) -> Answer:
        plain = HostReport(
            node_uid=node_uid,
            chassis="c1",
            ports=ports,
            change_count=max((each.change_count for each in ports), default=0),
            observe_time=clock.now(),
        )
        return await site.reports.report(
            replace(plain, **signs), actor=Actor(f"node/{node_uid}", ActorKind.NODE)
        )

    return telling


async def test_an_equal_hash_asks_for_nothing_and_another_one_for_everything(
    tell: Tell, plugged: PluggedPort
) -> None:
    whole = await tell(plugged)
    same = await tell(unchanged=True, state_hash=whole.state_hash)
    other = await tell(unchanged=True, state_hash="another")

    assert whole.state_hash == host_hash([plugged])
    assert (whole.reconciled, whole.discovered, whole.lost) == (1, 0, 0)
    assert (same.request_full, other.request_full) == (False, True)
    assert same.state_hash == whole.state_hash


async def test_a_process_that_just_began_asks_each_host_for_everything(
    site: Site, clock: ManualClock, tell: Tell, plugged: PluggedPort
) -> None:
    whole = await tell(plugged)
    anew = PortReports(unit_of_work=site.unit_of_work, clock=clock)
    report = HostReport(
        node_uid=NODE,
        chassis="c1",
        unchanged=True,
        state_hash=whole.state_hash,
        change_count=1,
        observe_time=clock.now(),
    )

    assert (await anew.report(report, actor=Actor(f"node/{NODE}", ActorKind.NODE))).request_full


async def test_late_news_changes_nothing(
    tell: Tell, plugged: PluggedPort, clock: ManualClock
) -> None:
    before = clock.now()
    clock.advance(timedelta(seconds=1))
    newest = await tell(replace(plugged, link_up=False, change_count=2))

    late = await tell(plugged, observe_time=before)

    assert late.state_hash == newest.state_hash
    assert not late.request_full


async def test_a_restarted_agent_that_counts_anew_is_believed(
    tell: Tell, plugged: PluggedPort, clock: ManualClock
) -> None:
    await tell(replace(plugged, change_count=9))
    clock.advance(timedelta(seconds=1))

    assert (await tell(plugged)).state_hash == host_hash([plugged])


async def test_a_whole_report_names_what_differs(tell: Tell, plugged: PluggedPort) -> None:
    unknown = replace(plugged, port_uid=UNKNOWN)
    await tell(plugged, node_uid=OTHER)

    both = await tell(plugged, unknown)
    none = await tell()

    assert set(both.conflicts) == {
        Conflict(UNKNOWN, ConflictKind.MISSING_IN_INVENTORY),
        Conflict(plugged.port_uid, ConflictKind.WRONG_NODE),
    }
    assert (both.reconciled, both.discovered) == (1, 1)
    assert {each.kind for each in none.conflicts} == {ConflictKind.MISSING_ON_NODE}
    assert none.lost == 2
