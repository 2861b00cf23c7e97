"""Installation against a real PostgreSQL."""

import asyncio
import sys
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from sqlalchemy import make_url, text

from qvdc_db.database import Database
from qvdc_node.adapters.certificates import certificate_hash
from qvdc_node.install import InstallationFailed, Plan, install
from qvdc_testing.postgresql import PostgresServer, TestDatabase

SERVICES = ("cluster", "node", "console")


@pytest.fixture
def plan(postgresql_server: PostgresServer, postgresql: TestDatabase, tmp_path: Path) -> Plan:
    return Plan(
        admin_url=postgresql.admin_url,
        database=make_url(postgresql.admin_url).database or "",
        out=tmp_path / "site",
        services=SERVICES,
        names=("127.0.0.1", "10.1.2.3"),
    )


def _contents(out: Path) -> dict[str, str]:
    return {
        str(path.relative_to(out)): path.read_text() for path in out.rglob("*") if path.is_file()
    }


def _environment(plan: Plan, service: str) -> dict[str, str]:
    lines = (plan.out / service / "service.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


async def test_a_second_run_changes_nothing(plan: Plan) -> None:
    assert await install(plan) > 0
    before = _contents(plan.out)
    assert await install(plan) == 0
    assert _contents(plan.out) == before


async def test_every_file_is_for_its_owner_alone(plan: Plan) -> None:
    await install(plan)
    files = [path for path in plan.out.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert (plan.out / "node" / "sealing.key").exists()
    assert not (plan.out / "cluster" / "sealing.key").exists()


async def test_a_service_certificate_names_the_service_and_the_site(plan: Plan) -> None:
    await install(plan)
    chain = x509.load_pem_x509_certificates((plan.out / "cluster" / "cert.pem").read_bytes())
    leaf, intermediate, root = chain
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(name.value) for name in names} == {
        "spiffe://quantix/service/cluster",
        "cluster.quantix.internal",
        "localhost",
        "127.0.0.1",
        "10.1.2.3",
    }
    leaf.verify_directly_issued_by(intermediate)
    intermediate.verify_directly_issued_by(root)
    assert certificate_hash(root) == root.fingerprint(hashes.SHA256()).hex()


async def test_a_new_address_renews_certificates_under_the_same_root(plan: Plan) -> None:
    await install(plan)
    before = _contents(plan.out)
    moved = Plan(
        admin_url=plan.admin_url,
        database=plan.database,
        out=plan.out,
        services=plan.services,
        names=("10.9.9.9",),
    )
    await install(moved)
    after = _contents(plan.out)
    assert after["cluster/ca.pem"] == before["cluster/ca.pem"]
    assert after["cluster/cert.pem"] != before["cluster/cert.pem"]
    assert after["cluster/service.env"] == before["cluster/service.env"]
    assert after["console/assertion.key"] == before["console/assertion.key"]


async def test_a_role_sees_its_own_schema_alone(plan: Plan) -> None:
    await install(plan)
    database = Database(_environment(plan, "cluster")["QVDC_DATABASE_URL"], schema="cluster")
    try:
        async with database.session() as session:
            await session.execute(text("create table mine (one int)"))
            assert await session.scalar(text("show statement_timeout")) == "15s"
            assert await session.scalar(text("show idle_in_transaction_session_timeout")) == "15s"
            await session.rollback()
        for forbidden in (
            "select * from node.authorities",
            "create table node.theirs (one int)",
            "create table public.everybodys (one int)",
            "create role other",
        ):
            async with database.session() as session:
                with pytest.raises(Exception, match="permission denied") as refused:
                    await session.execute(text(forbidden))
                assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)
    finally:
        await database.close()


async def test_keys_are_sealed_in_the_database(plan: Plan) -> None:
    await install(plan)
    database = Database(_environment(plan, "node")["QVDC_DATABASE_URL"], schema="node")
    try:
        async with database.session() as session:
            rows = (await session.execute(text("select name, sealed_key from authorities"))).all()
    finally:
        await database.close()
    assert {row.name for row in rows} == {"root", "services", "nodes"}
    assert all(b"PRIVATE" not in row.sealed_key for row in rows)


async def test_a_lost_key_file_is_told_and_replaces_nothing(plan: Plan) -> None:
    await install(plan)
    (plan.out / "node" / "sealing.key").unlink()
    with pytest.raises(InstallationFailed, match="key file"):
        await install(plan)


async def test_two_installations_at_once_make_one_authority(plan: Plan, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "qvdc_node.install", "--out", str(plan.out)]
    command += ["--admin-url", plan.admin_url, "--database", plan.database]
    running = [await asyncio.create_subprocess_exec(*command) for _ in range(2)]
    assert [await each.wait() for each in running] == [0, 0]
    assert len({(plan.out / service / "ca.pem").read_text() for service in SERVICES}) == 1
    assert await install(plan) > 0, "the names of the plan are new"
    assert await install(plan) == 0
