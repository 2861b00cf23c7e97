"""Keys, transactions, several endpoints, TLS, sign-in, against a real etcd."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from qvdc_coord.client import Etcd, EtcdConfig, EtcdTls
from qvdc_coord.errors import EtcdRefused, EtcdUnavailable, LeaseGone
from qvdc_coord.txn import Get, Put, absent, created_at, unchanged, under_lease, value_is
from qvdc_testing.etcd import EtcdServer
from qvdc_testing.pki import Pki
from qvdc_testing.processes import Child, accepts, free_port
from qvdc_testing.programs import etcd_program


async def test_what_is_put_is_read_and_removed(client: Etcd) -> None:
    await client.put("/a/1", b"one")
    await client.put("/a/2", b"two")
    await client.put("/b", b"other")

    assert [kv.value for kv in (await client.range("/a/")).kvs] == [b"one", b"two"]
    await client.delete("/a/1")
    assert await client.get("/a/1") is None
    await client.delete_prefix("/a/")
    assert (await client.range("/a/")).kvs == ()


async def test_only_the_first_creates(client: Etcd) -> None:
    first = await client.txn([absent("/k")], [Put("/k", b"1")])
    second = await client.txn([absent("/k")], [Put("/k", b"2")], [Get("/k")])

    assert first.succeeded
    assert not second.succeeded
    assert second.found[0][0].value == b"1"
    assert second.found[0][0].create_revision == first.revision


async def test_every_kind_of_condition_is_compared(client: Etcd) -> None:
    lease = await client.grant_lease(timedelta(seconds=30))
    created = await client.put("/k", b"1", lease=lease)
    changed = await client.put("/k", b"2", lease=lease)
    holds = [created_at("/k", created), unchanged("/k", changed)]
    holds += [under_lease("/k", lease), value_is("/k", b"2")]

    assert (await client.txn(holds, [])).succeeded
    for wrong in (
        created_at("/k", changed),
        unchanged("/k", created),
        under_lease("/k", 7),
        value_is("/k", b"1"),
        absent("/k"),
    ):
        assert not (await client.txn([wrong], [])).succeeded


async def test_a_put_under_no_lease_says_so(client: Etcd) -> None:
    with pytest.raises(LeaseGone):
        await client.put("/k", b"1", lease=12345)


async def test_a_dead_endpoint_is_passed_over(etcd: EtcdServer) -> None:
    config = EtcdConfig((f"127.0.0.1:{free_port()}", etcd.endpoint))
    for _ in range(4):
        async with Etcd(config) as client:
            await client.put("/k", b"1")
            assert await client.get("/k") is not None


async def test_a_hung_endpoint_costs_a_read_its_share_only(etcd: EtcdServer) -> None:
    other = EtcdServer()
    other.start()
    try:
        async with Etcd(EtcdConfig((etcd.endpoint, other.endpoint))) as client:
            await client.range("/")
            os.kill(etcd.pid, signal.SIGSTOP)
            for _ in range(4):
                assert (await client.range("/", timeout=timedelta(seconds=1))).kvs == ()
    finally:
        os.kill(etcd.pid, signal.SIGCONT)
        other.remove()


async def test_an_absent_etcd_is_unavailable_in_time() -> None:
    async with Etcd(EtcdConfig((f"127.0.0.1:{free_port()}",))) as client:
        started = asyncio.get_running_loop().time()
        with pytest.raises(EtcdUnavailable):
            await client.get("/k", timeout=timedelta(milliseconds=600))
        assert asyncio.get_running_loop().time() - started < 1.2


async def test_an_etcd_that_comes_late_is_used(etcd: EtcdServer) -> None:
    etcd.stop()
    async with Etcd(EtcdConfig.parse(etcd.endpoint)) as client:
        with pytest.raises(EtcdUnavailable):
            await client.put("/k", b"1", timeout=timedelta(milliseconds=300))
        await asyncio.to_thread(etcd.start)
        await client.put("/k", b"1", timeout=timedelta(seconds=5))


@pytest.fixture
def tls_endpoint(tmp_path: Path, pki: Pki) -> Iterator[str]:
    server = pki.service("etcd")
    port = free_port()
    url, peer = f"https://127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}"
    command = [str(etcd_program()), "--name", "test", "--data-dir", str(tmp_path / "data")]
    command += ["--listen-client-urls", url, "--advertise-client-urls", url]
    command += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
    command += ["--initial-cluster", f"test={peer}", "--logger", "zap", "--client-cert-auth"]
    command += ["--cert-file", str(server.cert_file), "--key-file", str(server.key_file)]
    command += ["--trusted-ca-file", str(server.ca_file)]
    child = Child(command, log=tmp_path / "log")
    child.start(lambda: accepts("127.0.0.1", port))
    yield f"127.0.0.1:{port}"
    child.stop()


async def test_tls_on_both_sides(tls_endpoint: str, pki: Pki) -> None:
    mine = pki.service("node")
    tls = EtcdTls(
        ca=mine.ca_file.read_bytes(),
        cert=mine.cert_file.read_bytes(),
        key=mine.key_file.read_bytes(),
        server_name="etcd.quantix.internal",
    )
    async with Etcd(EtcdConfig((tls_endpoint,), tls=tls)) as client:
        await client.put("/k", b"1", timeout=timedelta(seconds=10))
    stranger = EtcdTls(ca=mine.ca_file.read_bytes(), server_name="etcd.quantix.internal")
    async with Etcd(EtcdConfig((tls_endpoint,), tls=stranger)) as client:
        with pytest.raises(EtcdUnavailable):
            await client.get("/k", timeout=timedelta(seconds=1))


async def test_sign_in_is_renewed_when_the_token_ends(tmp_path: Path) -> None:
    port = free_port()
    url, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}"
    command = [str(etcd_program()), "--name", "test", "--data-dir", str(tmp_path / "data")]
    command += ["--listen-client-urls", url, "--advertise-client-urls", url]
    command += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
    command += ["--initial-cluster", f"test={peer}", "--logger", "zap", "--auth-token-ttl", "1"]
    child = Child(command, log=tmp_path / "log")
    child.start(lambda: accepts("127.0.0.1", port))
    try:
        await asyncio.to_thread(_require_sign_in, url)
        signed = EtcdConfig((f"127.0.0.1:{port}",), user="root", password="secret")
        async with Etcd(signed) as client:
            await client.put("/k", b"1")
            # Simple tokens live 1 s after their last use; the time itself is what is tested.
            await asyncio.sleep(2.5)
            found = await client.get("/k")
            assert found is not None
            assert found.value == b"1"
        async with Etcd(EtcdConfig((f"127.0.0.1:{port}",), user="root", password="no")) as client:
            with pytest.raises(EtcdRefused):
                await client.get("/k")
    finally:
        child.stop()


def _require_sign_in(url: str) -> None:
    ctl = ["etcdctl", "--endpoints", url]
    environment = {**os.environ, "ETCDCTL_API": "3"}
    for command in (["user", "add", "root:secret"], ["auth", "enable"]):
        subprocess.run([*ctl, *command], check=True, env=environment, capture_output=True)
