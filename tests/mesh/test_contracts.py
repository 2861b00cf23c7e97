"""What every declared RPC must say of itself (GEN-5, GEN-18, ID-2)."""

from __future__ import annotations

import pathlib
import re
import subprocess

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from tests.mesh.contracts import Rpc, all_rpcs

ROOT = pathlib.Path(__file__).parents[2]
RPCS = all_rpcs()
EVERY = pytest.mark.parametrize("rpc", RPCS, ids=lambda rpc: rpc.path)
PUBLIC = pytest.mark.parametrize(
    "rpc", [rpc for rpc in RPCS if rpc.public], ids=lambda rpc: rpc.path
)
MUTATIONS = pytest.mark.parametrize(
    "rpc", [rpc for rpc in RPCS if rpc.public and rpc.mutates], ids=lambda rpc: rpc.path
)


@pytest.fixture(scope="module")
def comments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The comment above each RPC, by the RPC's path."""
    image = tmp_path_factory.mktemp("contracts") / "image.binpb"
    subprocess.run(["proto/generate", "--vendor"], cwd=ROOT, check=True)
    subprocess.run(["buf", "build", "-o", str(image)], cwd=ROOT, check=True)
    found = {}
    for file in FileDescriptorSet.FromString(image.read_bytes()).file:
        for place in file.source_code_info.location:
            match list(place.path):
                case [6, service, 2, method]:
                    owner = file.service[service]
                    path = f"/{file.package}.{owner.name}/{owner.method[method].name}"
                    found[path] = place.leading_comments.strip()
    return found


@EVERY
def test_gen_18_every_rpc_says_what_it_does(rpc: Rpc, comments: dict[str, str]) -> None:
    assert re.match(r"[A-Z].{8,}", comments[rpc.path])


@PUBLIC
def test_id_2_every_public_rpc_has_one_permission_and_a_rest_path(rpc: Rpc) -> None:
    assert re.fullmatch(r"[a-z][A-Za-z]*\.[a-z][A-Za-z]*", rpc.access.permission)
    assert rpc.bound


@EVERY
def test_internal_rpcs_answer_named_processes_and_never_people(rpc: Rpc) -> None:
    if rpc.public:
        assert set(rpc.access.callers) <= {f"service/{name}" for name in SERVICES}
    else:
        assert rpc.access.callers
        assert not rpc.access.permission
        assert not rpc.bound


@MUTATIONS
def test_gen_5_every_mutation_takes_a_request_id(rpc: Rpc) -> None:
    assert "request_id" in rpc.request.fields_by_name


SERVICES = ("cluster", "node", "image", "network", "vm")
