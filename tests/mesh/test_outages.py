"""Stores that are away, in any order (GEN-16, OP-6: start-up order is free)."""

from __future__ import annotations

from itertools import permutations

import pytest
from tests.mesh.site import Site, until

from qvdc_lab.stores.etcd import Etcd
from qvdc_lab.stores.postgres import Postgres
from qvdc_lab.stores.redis import Redis

SERVICES = ("cluster", "node", "image", "network", "vm", "console")
STORES = ("postgresql", "etcd", "redis")
ORDERS = list(permutations(STORES))[::2]
CLUSTER = "/quantix.cluster.v1.ClusterService/"
NOTICED_SECONDS = 120.0


def _store(site: Site, name: str) -> Postgres | Etcd | Redis:
    stores: dict[str, Postgres | Etcd | Redis] = {
        "postgresql": site.lab.postgres,
        "etcd": site.lab.etcd,
        "redis": site.lab.redis,
    }
    return stores[name]


def _away(site: Site, service: str) -> set[str]:
    """Return the stores that `service` says it misses."""
    said = site.readyz(site.copies[f"{service}-1"])
    return {each["store"] for each in said.get("away", ())}


def _wait_until_it_says_why(site: Site, service: str) -> None:
    # Redis carries news faster and nothing else: no service needs it to be ready.
    until(
        lambda: _away(site, service) >= {"postgresql", "etcd"},
        NOTICED_SECONDS,
        lambda: f"{service}: {site.readyz(site.copies[f'{service}-1'])}",
    )


@pytest.mark.timeout(900)
def test_gen_16_services_begin_without_stores_say_why_and_recover_in_any_order(
    empty_site: Site,
) -> None:
    site = empty_site
    for name in STORES:
        _store(site, name).down()
    site.start_all()

    for order in ORDERS:
        for service in SERVICES:
            _wait_until_it_says_why(site, service)
        for name in order:
            _store(site, name).up()
        site.wait_ready()
        if order != ORDERS[-1]:
            for name in STORES:
                _store(site, name).down()

    assert all(copy.process and copy.process.poll() is None for copy in site.copies.values())


@pytest.mark.timeout(400)
def test_op_6_intent_outlives_an_emptied_etcd_and_a_flushed_redis(empty_site: Site) -> None:
    site = empty_site
    site.start_all()
    site.wait_ready()
    body = {"clusterId": "kept", "cluster": {"displayName": "Kept"}}
    site.door.must(CLUSTER + "CreateCluster", body)

    site.lab.etcd.lose_everything()
    site.lab.redis.down()
    site.lab.redis.up()

    site.wait_ready()
    read = site.door.must(
        "/quantix.cluster.v1.ClusterService/GetCluster", {"name": "clusters/kept"}
    )
    assert read["displayName"] == "Kept"
    until(lambda: site.leaders() != {}, 10.0, lambda: "nobody leads anything")
