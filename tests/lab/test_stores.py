"""The lab's own PostgreSQL, etcd and Redis; needs their programs, no root."""

from __future__ import annotations

import http.client
import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from qvdc_lab.lab import Lab, lab_in

KEY = b64encode(b"mark").decode()


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Running stores of a lab without hosts."""
    lab = lab_in(tmp_path_factory.mktemp("stores"))
    try:
        lab.start_stores()
        yield lab
    finally:
        lab.down()


def test_starting_the_stores_again_changes_nothing(stores: Lab) -> None:
    assert not stores.start_stores()


def test_postgresql_keeps_its_data_over_a_restart_and_wants_a_password(stores: Lab) -> None:
    url = stores.postgres.url().replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        connection.execute("create table mark (kept int)")

    assert stores.postgres.down()
    assert stores.postgres.up()

    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from mark").fetchone() == (0,)
    password = (stores.postgres.folder / "password").read_text()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url.replace(password, "wrong"))


def test_etcd_keeps_its_keys_over_a_restart_and_can_lose_them(stores: Lab) -> None:
    _etcd(stores, "put", {"key": KEY, "value": KEY})

    stores.etcd.down()
    stores.etcd.up()
    assert "kvs" in _etcd(stores, "range", {"key": KEY})

    stores.etcd.lose_everything()
    assert "kvs" not in _etcd(stores, "range", {"key": KEY})


def test_what_a_lab_keeps_is_readable_by_its_owner_alone(stores: Lab) -> None:
    def open_to_others(path: Path) -> bool:
        return bool(path.stat().st_mode & 0o077)

    assert not open_to_others(stores.postgres.folder)
    assert not open_to_others(stores.etcd.folder)


def _etcd(lab: Lab, verb: str, request: dict[str, str]) -> dict[str, object]:
    connection = http.client.HTTPConnection(lab.etcd.endpoint, timeout=10)
    connection.request("POST", f"/v3/kv/{verb}", json.dumps(request))
    answer: dict[str, object] = json.loads(connection.getresponse().read())
    connection.close()
    return answer
