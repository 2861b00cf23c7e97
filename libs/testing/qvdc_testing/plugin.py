"""pytest fixtures: real stores, started when first asked for and stopped at the end.

Servers live for the test run (per xdist worker); databases live for a test or a module.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from qvdc_testing.etcd import EtcdServer
from qvdc_testing.pki import Pki
from qvdc_testing.postgresql import PostgresServer, TestDatabase
from qvdc_testing.redis_server import RedisServer


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresServer]:
    """The run's PostgreSQL server; a test that stops it must start it again."""
    server = PostgresServer()
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def postgresql(postgresql_server: PostgresServer) -> Iterator[TestDatabase]:
    """An empty database for one test."""
    database = postgresql_server.create_database()
    yield database
    postgresql_server.drop_database(database)


@pytest.fixture(scope="module")
def module_postgresql(postgresql_server: PostgresServer) -> Iterator[TestDatabase]:
    """An empty database for the tests of one module, to pay for migrations once."""
    database = postgresql_server.create_database()
    yield database
    postgresql_server.drop_database(database)


@pytest.fixture(scope="session")
def etcd_server() -> Iterator[EtcdServer]:
    """The run's etcd; keys of other tests may be in it: use a prefix of your own."""
    server = EtcdServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def etcd() -> Iterator[EtcdServer]:
    """An etcd for one test, empty, which may be stopped and emptied."""
    server = EtcdServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis for one test, which may be stopped."""
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """A throwaway certificate authority; see `qvdc_testing.pki.Pki`."""
    return Pki(Path(tmp_path_factory.mktemp("pki")))
