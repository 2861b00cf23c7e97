"""The rows of nodes and tokens."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from qvdc_core.errors import EtagMismatch, NotFound
from qvdc_core.page import PageRequest
from qvdc_node.domain.inventory import Pool, PoolState
from qvdc_node.domain.join_token import (
    JoinToken,
    TokenExhausted,
    TokenExpired,
    TokenInvalid,
    hash_secret,
)
from qvdc_node.domain.node import Intent, Mode, NodeFilter, NodeUid, Phase, Tombstone
from qvdc_node.domain.placement import Placed
from qvdc_node.domain.registration import Outcome, Registered, Registration
from qvdc_node.domain.session import StaleInstance
from qvdc_node.store.unit_of_work import NodeUnitOfWork
from tests.node_testing.builders import NOW, OTHER_BOOT, UID, a_registration

Work = Callable[[], NodeUnitOfWork]


async def register(
    open_work: Work, registration: Registration, *, floor_epoch: int = 1
) -> Registered:
    async with open_work() as work:
        done = await work.nodes.register(
            registration,
            intent=Intent(labels={"rack": "r1"}),
            floor_epoch=floor_epoch,
            certificate=None,
            now=NOW,
        )
        await work.commit()
    return done


async def test_concurrent_registrations_leave_one_row_and_one_epoch(work: Work) -> None:
    done = await asyncio.gather(*(register(work, a_registration()) for _ in range(10)))
    assert {each.node.session_epoch for each in done} == {1}
    assert sorted(each.outcome.value for each in done).count(Outcome.CREATED.value) >= 1
    async with work() as reading:
        page = await reading.nodes.page(NodeFilter(), PageRequest())
    assert [node.name for node in page.items] == ["nodes/h1"]


async def test_the_epoch_grows_only_with_the_life_and_never_below_its_floor(work: Work) -> None:
    first = await register(work, a_registration())
    again = await register(work, a_registration())
    restarted = await register(work, a_registration(instance=2))
    rebooted = await register(work, a_registration(boot_id=OTHER_BOOT))
    floored = await register(work, a_registration(boot_id=OTHER_BOOT), floor_epoch=9)
    epochs = [each.node.session_epoch for each in (first, again, restarted, rebooted, floored)]
    assert epochs == [1, 1, 2, 3, 9]


async def test_a_lower_instance_of_the_same_boot_is_refused(work: Work) -> None:
    await register(work, a_registration(instance=3))
    with pytest.raises(StaleInstance) as refused:
        await register(work, a_registration(instance=2))
    assert refused.value.facts["current_instance"] == "3"
    await register(work, a_registration(instance=2, boot_id=OTHER_BOOT))


async def test_registration_tells_what_changed_and_leaves_intent_alone(work: Work) -> None:
    first = await register(work, a_registration())
    async with work() as changing:
        intent = replace(first.node.intent, mode=Mode.MAINTENANCE, display_name="Mine")
        await changing.nodes.save_intent(first.node.wanting(intent), actor="user:ann")
        await changing.commit()
    again = await register(work, a_registration(hostname="other"))
    assert again.outcome is Outcome.RECONNECTED_CHANGED
    assert again.changed_fields == ("hostname",)
    assert again.node.intent.mode is Mode.MAINTENANCE
    assert again.node.intent.display_name == "Mine"
    assert again.node.intent.labels == {"rack": "r1"}
    assert (await register(work, a_registration(hostname="other"))).outcome is Outcome.RECONNECTED


async def test_an_id_that_is_anothers_gets_a_suffix(work: Work) -> None:
    other = str(uuid.uuid4())
    await register(work, a_registration())
    assert (await register(work, a_registration(other))).node.id == f"h1-{other[:8]}"


async def test_the_second_writer_of_intent_loses(work: Work) -> None:
    node = (await register(work, a_registration())).node
    for expected in (None, EtagMismatch):
        async with work() as changing:
            if expected is None:
                await changing.nodes.save_intent(node, actor="user:ann")
                await changing.commit()
                continue
            with pytest.raises(expected):
                await changing.nodes.save_intent(node, actor="user:bob")


async def test_what_was_observed_is_read_back_equal(work: Work) -> None:
    node = (await register(work, a_registration())).node
    pool = Pool(pool="local", state=PoolState.HEALTHY, capacity_bytes=10, free_bytes=5)
    inventory = replace(node.observed.inventory, pools=(pool,))
    changed = replace(node, observed=replace(node.observed, inventory=inventory), phase=Phase.READY)
    async with work() as changing:
        saved = await changing.nodes.save_observed(changed)
        await changing.commit()
    async with work() as reading:
        assert await reading.nodes.get(f"nodes/{UID}") == saved
    assert saved.observed == changed.observed
    assert saved.generation == node.generation
    assert saved.revision > node.revision


async def test_a_removed_node_leaves_a_tombstone(work: Work) -> None:
    node = (await register(work, a_registration())).node
    stone = Tombstone(
        uid=node.uid, id=node.id, key_fingerprint="", removed_by="user:ann", remove_time=NOW
    )
    async with work() as removing:
        await removing.nodes.remove(node)
        await removing.tombstones.put(stone)
        await removing.commit()
    async with work() as reading:
        assert await reading.tombstones.find(node.uid) == stone
        with pytest.raises(NotFound):
            await reading.nodes.get(node.name)


async def test_membership_is_stated_whole(work: Work) -> None:
    await register(work, a_registration())
    await register(work, a_registration(str(uuid.uuid4()), hostname="h2"))
    for members, expected in (
        ({"nodes/h1": "clusters/a", "nodes/h2": "clusters/a"}, {"h1", "h2"}),
        ({"nodes/h1": "clusters/a", "nodes/h2": "clusters/a"}, set()),
        ({"nodes/h1": "clusters/b"}, {"h1", "h2"}),
        ({}, {"h1"}),
    ):
        async with work() as changing:
            changed = await changing.nodes.assign_cluster(members)
            await changing.commit()
        assert {node.id for node in changed} == expected


async def test_placements_follow_what_is_told(work: Work) -> None:
    async with work() as changing:
        first = [Placed("vms/a", "nodes/h1", "RUNNING"), Placed("vms/b", "nodes/h1", "RUNNING")]
        await changing.placements.replace_all(first)
        second = [Placed("vms/a", "nodes/h1", "STOPPED"), Placed("vms/c", "nodes/h2")]
        await changing.placements.replace_all(second)
        await changing.placements.put(Placed("vms/d", "nodes/h1", "RUNNING"))
        await changing.placements.put(Placed("vms/c", ""))
        await changing.commit()
    async with work() as reading:
        assert await reading.placements.on("nodes/h1") == (("vms/a", "vms/d"), 2)
        assert await reading.placements.on("nodes/h2") == ((), 0)
        awake = (Placed("vms/d", "nodes/h1", "RUNNING"),)
        assert await reading.placements.blocking("nodes/h1") == (awake, 1)


def a_token(**fields: object) -> JoinToken:
    told: dict[str, object] = {
        "uid": str(uuid.uuid4()),
        "id": "t1",
        "secret_hash": hash_secret("s"),
        "ttl": timedelta(hours=1),
        "expire_time": NOW + timedelta(hours=1),
        "max_uses": 1,
        "use_count": 0,
        "create_time": NOW,
        "update_time": NOW,
        "changed_by": "user:ann",
    }
    return JoinToken(**(told | fields))  # type: ignore[arg-type]


async def _spend(open_work: Work, uid: str, secret: str = "s", **late: timedelta) -> JoinToken:
    async with open_work() as work:
        spent = await work.join_tokens.spend(
            hash_secret(secret), NodeUid(uid), now=NOW + late.get("late", timedelta())
        )
        await work.commit()
    return spent.token


async def test_a_token_is_spent_once_per_host(work: Work) -> None:
    async with work() as adding:
        await adding.join_tokens.add(a_token())
        await adding.commit()
    await _spend(work, UID)
    await _spend(work, UID, late=timedelta(days=1))
    with pytest.raises(TokenExhausted):
        await _spend(work, str(uuid.uuid4()))
    with pytest.raises(TokenInvalid):
        await _spend(work, UID, secret="other")


async def test_an_expired_token_admits_nobody_new(work: Work) -> None:
    async with work() as adding:
        await adding.join_tokens.add(a_token())
        await adding.commit()
    with pytest.raises(TokenExpired):
        await _spend(work, UID, late=timedelta(hours=2))


async def test_of_many_hosts_at_once_a_token_admits_as_many_as_it_may(work: Work) -> None:
    async with work() as adding:
        await adding.join_tokens.add(a_token(max_uses=3))
        await adding.commit()
    hosts = [str(uuid.uuid4()) for _ in range(8)]
    done = await asyncio.gather(*(_spend(work, uid) for uid in hosts), return_exceptions=True)
    assert sum(isinstance(each, JoinToken) for each in done) == 3
    assert sum(isinstance(each, TokenExhausted) for each in done) == 5
