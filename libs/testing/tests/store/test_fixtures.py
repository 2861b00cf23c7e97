"""The fixtures give what they promise."""

import urllib.request
from typing import LiteralString

import jwt
import psycopg
import redis
from cryptography import x509

from qvdc_testing.etcd import EtcdServer
from qvdc_testing.pki import Pki
from qvdc_testing.postgresql import PostgresServer, TestDatabase
from qvdc_testing.redis_server import RedisServer


def _ask(database: TestDatabase, query: LiteralString) -> object:
    dsn = database.admin_url.replace("+psycopg", "")
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query).fetchone()
        return row[0] if row else None


def test_each_test_has_a_database_of_its_own(
    postgresql: TestDatabase, postgresql_server: PostgresServer
) -> None:
    other = postgresql_server.create_database()

    assert _ask(postgresql, "select current_database()") == postgresql.name
    assert other.name != postgresql.name


def test_postgresql_keeps_its_data_over_a_stop(
    postgresql: TestDatabase, postgresql_server: PostgresServer
) -> None:
    postgresql_server.stop()
    postgresql_server.start()

    assert _ask(postgresql, "show max_prepared_transactions") == "0"


def test_etcd_and_redis_answer(etcd: EtcdServer, redis_server: RedisServer) -> None:
    with urllib.request.urlopen(f"http://{etcd.endpoint}/version") as answer:
        assert b"etcdserver" in answer.read()
    etcd.empty()
    etcd.start()

    with redis.Redis.from_url(redis_server.url) as client:
        assert client.ping()


def test_certificates_carry_their_identity(pki: Pki) -> None:
    identity = pki.service("cluster")
    leaf, intermediate = x509.load_pem_x509_certificates(identity.cert_file.read_bytes())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [
        "spiffe://quantix/service/cluster"
    ]
    leaf.verify_directly_issued_by(intermediate)
    (root,) = x509.load_pem_x509_certificates(identity.ca_file.read_bytes())
    intermediate.verify_directly_issued_by(root)


def test_assertions_verify_with_the_published_key(pki: Pki) -> None:
    keys = jwt.PyJWKSet.from_json(pki.assertion_jwks_file.read_text())
    token = pki.assertion(audience="cluster", permissions=("cluster.create",))

    claims = jwt.decode(token, keys.keys[0], algorithms=["EdDSA"], audience="cluster")

    assert claims["perms"] == ["cluster.create"]
