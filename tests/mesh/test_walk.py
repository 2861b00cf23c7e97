"""A walk over every public RPC through the door (GEN-3, GEN-4, GEN-5, GEN-18).

Each RPC is served, refuses a field it does not know, a stale etag, and a request id that was
used for another body. A new RPC fails here until it has an example below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.mesh.contracts import Rpc, all_rpcs
from tests.mesh.door import UNKNOWN_FIELD, Answer, Door, new_request_id, pretty
from tests.mesh.site import Site, until

PUBLIC = [rpc for rpc in all_rpcs() if rpc.public]
MUTATIONS = [rpc for rpc in PUBLIC if rpc.mutates]
WITH_ETAG = [
    rpc
    for rpc in MUTATIONS
    if "etag" in rpc.request.fields_by_name or rpc.method.name.startswith("Update")
]
Body = Mapping[str, Any]
CLUSTER = "/quantix.cluster.v1.ClusterService/"
NODE = "/quantix.node.v1.NodeService/"
TOKEN = "/quantix.node.v1.JoinTokenService/"
JOIN = "/quantix.node.v1.NodeJoinService/"
POWER = "/quantix.node.v1.NodePowerService/"
TOMBSTONE = "/quantix.node.v1.TombstoneService/"
POOL = "/quantix.node.v1.StoragePoolService/"
IMAGE = "/quantix.image.v1.ImageService/"
FOLDER = "/quantix.image.v1.ImageFolderService/"
UPLOAD = "/quantix.image.v1.UploadService/"
NETWORK = "/quantix.network.v1.NetworkService/"
PORT = "/quantix.network.v1.PortService/"
VM = "/quantix.vm.v1.VirtualMachineService/"
OPERATION = "/quantix.operation.v1.OperationService/"
SESSION = "/quantix.console.v1.SessionService/"
USER = "/quantix.console.v1.UserService/"
ROLE = "/quantix.console.v1.RoleService/"
API_KEY = "/quantix.console.v1.ApiKeyService/"


def _id(prefix: str) -> str:
    return f"{prefix}-{new_request_id()[:8]}"


def _cluster(door: Door) -> str:
    name = _id("walk")
    body = {"clusterId": name, "cluster": {"displayName": name}}
    return str(door.must(CLUSTER + "CreateCluster", body)["name"])


def _network(door: Door) -> str:
    name = _id("walk")
    network = {"displayName": name, "type": "TYPE_OVERLAY", "ipv4": {"cidr": "10.77.0.0/24"}}
    body = {"networkId": name, "network": network}
    return str(door.must(NETWORK + "CreateNetwork", body)["name"])


def _upload(door: Door) -> Body:
    body = {"imageId": _id("walk"), "upload": {"sizeBytes": "4096"}}
    return door.must(UPLOAD + "CreateUpload", body)


def _folder(door: Door) -> str:
    body = {"imageFolderId": _id("walk"), "imageFolder": {"displayName": _id("Walk")}}
    return str(door.must(FOLDER + "CreateImageFolder", body)["name"])


def _port(door: Door) -> str:
    body = {"portId": _id("walk"), "port": {"network": _network(door)}}
    return str(door.must(PORT + "CreatePort", body)["name"])


def _machine(door: Door) -> Body:
    return {"cluster": _cluster(door), "memoryBytes": str(256 << 20), "vcpuCount": 1}


def _vm(door: Door) -> str:
    body = {"virtualMachineId": _id("walk"), "virtualMachine": _machine(door)}
    return str(door.must(VM + "CreateVirtualMachine", body)["target"])


def _token(door: Door) -> str:
    body = {"joinTokenId": _id("walk"), "joinToken": {}}
    return str(door.must(TOKEN + "CreateJoinToken", body)["name"])


def _pool(door: Door) -> str:
    return str(door.must(POOL + "CreateStoragePool", _own_pool())["name"])


def _own_pool() -> Body:
    return {"storagePoolId": _id("walk"), "storagePool": {"type": "TYPE_LOCAL_DIR"}}


def _reinstalled(site: Site) -> Body:
    """Let a host fall silent and another one join that may take its place."""
    old, new = site.join_host(_id("old")), site.join_host(_id("new"))
    site.end_session(site.door.must(NODE + "GetNode", {"name": old})["uid"])
    return {"name": new, "replaced": old}


def _tombstone(site: Site) -> str:
    """Let a host join and go; return its tombstone."""
    node = site.join_host(_id("buried")).removeprefix("nodes/")
    site.door.must(NODE + "DeleteNode", {"name": f"nodes/{node}"})
    (stone,) = site.door.must(TOMBSTONE + "ListTombstones", {"query": node})["tombstones"]
    return str(stone["name"])


def _person() -> Body:
    return {"userId": _id("walk"), "user": {}, "password": "a right and proper secret"}


def _user(door: Door) -> str:
    return str(door.must(USER + "CreateUser", _person())["name"])


def _own_role() -> Body:
    return {"roleId": _id("walk"), "role": {"permissions": ["vm.read"]}}


def _role(door: Door) -> str:
    return str(door.must(ROLE + "CreateRole", _own_role())["name"])


def _site_key() -> Body:
    return {"apiKeyId": _id("walk"), "apiKey": {"role": "roles/read-only"}}


def _api_key(door: Door) -> str:
    return str(door.must(API_KEY + "CreateApiKey", _site_key())["name"])


def _known_node(site: Site) -> str:
    """Let a host join; return its id once the cluster service knows it."""
    node = site.join_host(_id("walk")).removeprefix("nodes/")
    until(lambda: node in str(site.door.must(CLUSTER + "ListAvailableNodes", {})), 20.0)
    return node


def _membership(site: Site) -> Body:
    body = {"name": _cluster(site.door), "node": _known_node(site)}
    site.door.must(CLUSTER + "AddClusterNode", body)
    return body


# A body that each mutation accepts, with what it needs made for it.
EXAMPLES: dict[str, Callable[[Site], Body]] = {
    CLUSTER + "CreateCluster": lambda _site: {
        "clusterId": _id("walk"),
        "cluster": {"displayName": _id("Walk")},
    },
    CLUSTER + "UpdateCluster": lambda site: {
        "cluster": {"name": _cluster(site.door), "description": "walked"}
    },
    CLUSTER + "DeleteCluster": lambda site: {"name": _cluster(site.door)},
    CLUSTER + "AddClusterNode": lambda site: {
        "name": _cluster(site.door),
        "node": _known_node(site),
    },
    CLUSTER + "RemoveClusterNode": lambda site: _membership(site),
    NODE + "UpdateNode": lambda site: {"node": {"name": site.node, "description": "walked"}},
    NODE + "CordonNode": lambda site: {"name": site.node},
    NODE + "UncordonNode": lambda site: {"name": site.node},
    NODE + "DrainNode": lambda site: {"name": site.join_host(_id("drained"))},
    NODE + "EnterMaintenance": lambda site: {"name": site.join_host(_id("kept"))},
    NODE + "ExitMaintenance": lambda site: {"name": site.node},
    NODE + "AddTaint": lambda site: {
        "name": site.node,
        "taint": {"key": "walk", "effect": "EFFECT_PREFER_NO_SCHEDULE"},
    },
    NODE + "RemoveTaint": lambda site: {"name": site.node, "key": "walk"},
    NODE + "DecommissionNode": lambda site: {"name": site.join_host(_id("worn"))},
    NODE + "RefreshInventory": lambda site: {"name": site.node},
    POWER + "RebootNode": lambda site: {"name": site.join_host(_id("again"))},
    POWER + "ShutdownNode": lambda site: {"name": site.join_host(_id("off"))},
    POOL + "CreateStoragePool": lambda _site: _own_pool(),
    POOL + "UpdateStoragePool": lambda site: {
        "storagePool": {"name": _pool(site.door), "description": "walked"}
    },
    POOL + "DeleteStoragePool": lambda site: {"name": _pool(site.door)},
    POOL + "AssignStoragePool": lambda site: {"name": _pool(site.door), "nodes": [site.node]},
    POOL + "UnassignStoragePool": lambda site: {"name": _pool(site.door), "nodes": [site.node]},
    POOL + "ReconnectStoragePool": lambda site: {"name": _pool(site.door)},
    POOL + "RescanStoragePool": lambda site: {"name": _pool(site.door)},
    TOMBSTONE + "ReadmitTombstone": lambda site: {"name": _tombstone(site)},
    TOMBSTONE + "DeleteTombstone": lambda site: {"name": _tombstone(site)},
    NODE + "AdoptIdentity": lambda site: _reinstalled(site),
    NODE + "AcceptIdentity": lambda site: {"name": site.node},
    NODE + "ConfirmHardware": lambda site: {"name": site.node},
    NODE + "DeleteNode": lambda site: {"name": site.join_host(_id("gone"))},
    TOKEN + "CreateJoinToken": lambda _site: {"joinTokenId": _id("walk"), "joinToken": {}},
    TOKEN + "DeleteJoinToken": lambda site: {"name": _token(site.door)},
    UPLOAD + "CreateUpload": lambda _site: {
        "imageId": _id("walk"),
        "upload": {"sizeBytes": "4096"},
    },
    UPLOAD + "CancelUpload": lambda site: {"name": _upload(site.door)["name"]},
    IMAGE + "UpdateImage": lambda site: {
        "image": {"name": _upload(site.door)["image"], "description": "walked"}
    },
    IMAGE + "MoveImage": lambda site: {"name": _upload(site.door)["image"]},
    FOLDER + "CreateImageFolder": lambda _site: {
        "imageFolderId": _id("walk"),
        "imageFolder": {"displayName": _id("Walk")},
    },
    FOLDER + "UpdateImageFolder": lambda site: {
        "imageFolder": {"name": _folder(site.door), "description": "walked"}
    },
    FOLDER + "MoveImageFolder": lambda site: {"name": _folder(site.door)},
    FOLDER + "DeleteImageFolder": lambda site: {"name": _folder(site.door)},
    IMAGE + "DeleteImage": lambda site: {"name": _upload(site.door)["image"]},
    NETWORK + "CreateNetwork": lambda _site: {
        "networkId": _id("walk"),
        "network": {"displayName": "walk", "type": "TYPE_ISOLATED"},
    },
    NETWORK + "UpdateNetwork": lambda site: {
        "network": {"name": _network(site.door), "description": "walked"}
    },
    NETWORK + "DeleteNetwork": lambda site: {"name": _network(site.door)},
    PORT + "CreatePort": lambda site: {
        "portId": _id("walk"),
        "port": {"network": _network(site.door)},
    },
    PORT + "DeletePort": lambda site: {"name": _port(site.door)},
    VM + "CreateVirtualMachine": lambda site: {
        "virtualMachineId": _id("walk"),
        "virtualMachine": _machine(site.door),
    },
    VM + "UpdateVirtualMachine": lambda site: {
        "virtualMachine": {"name": _vm(site.door), "notes": "walked"}
    },
    VM + "DeleteVirtualMachine": lambda site: {"name": _vm(site.door), "force": True},
    VM + "StartVirtualMachine": lambda site: {"name": _vm(site.door)},
    VM + "ShutdownVirtualMachine": lambda site: {"name": _vm(site.door)},
    VM + "PowerOffVirtualMachine": lambda site: {"name": _vm(site.door)},
    OPERATION + "CancelOperation": lambda site: {"name": _upload(site.door)["operation"]},
    USER + "CreateUser": lambda _site: _person(),
    USER + "UpdateUser": lambda site: {"user": {"name": _user(site.door), "description": "walked"}},
    USER + "DeleteUser": lambda site: {"name": _user(site.door)},
    USER + "SetUserPassword": lambda site: {
        "name": _user(site.door),
        "password": "another proper secret",
    },
    USER + "UnlockUser": lambda site: {"name": _user(site.door)},
    ROLE + "CreateRole": lambda _site: _own_role(),
    ROLE + "UpdateRole": lambda site: {"role": {"name": _role(site.door), "description": "walked"}},
    ROLE + "DeleteRole": lambda site: {"name": _role(site.door)},
    API_KEY + "CreateApiKey": lambda _site: _site_key(),
    API_KEY + "DeleteApiKey": lambda site: {"name": _api_key(site.door)},
}
# Their answers are secrets, or nothing but their effect: a repeat does it anew.
NOT_REMEMBERED = {
    SESSION + name for name in ("SignIn", "SignOut", "ChangePassword", "CreateAccessToken")
}
# Wants a host that shows a code: the wire tests of both sides play it.
WITH_A_CODE = {JOIN + "JoinNode"}
# Verbs that want a machine on a host: `test_hosts` repeats them there.
ON_A_HOST = {
    VM + "StartVirtualMachine",
    VM + "ShutdownVirtualMachine",
    VM + "PowerOffVirtualMachine",
    VM + "DeleteVirtualMachine",
}
REPEATED = [rpc for rpc in MUTATIONS if rpc.path not in ON_A_HOST | NOT_REMEMBERED | WITH_A_CODE]


def _with_stale_etag(rpc: Rpc, body: Body) -> Body:
    if not rpc.method.name.startswith("Update"):
        return {**body, "etag": "stale"}
    (resource,) = body
    return {resource: {**body[resource], "etag": "stale"}}


def _another(body: Body) -> Body:
    """Return the body with another subject, still of the right shape."""
    changed = dict(body)
    if "taint" in body:
        return {**changed, "taint": {**body["taint"], "value": "another"}}
    for key, value in body.items():
        if isinstance(value, dict):
            field = "fileName" if key == "upload" else "description"
            changed[key] = {**value, field: "another"}
            return changed
        if key == "name":
            changed[key] = value[:-1] + ("0" if value[-1] != "0" else "1")
            return changed
    raise AssertionError(body)


@pytest.mark.parametrize("rpc", PUBLIC, ids=lambda rpc: rpc.path)
def test_gen_18_every_public_rpc_is_served_and_gen_3_refuses_an_unknown_field(
    site: Site, rpc: Rpc
) -> None:
    answer = site.door.grpc_raw(rpc, UNKNOWN_FIELD)

    assert (answer.code, answer.reason) == ("invalid_argument", "UNKNOWN_FIELD"), pretty(answer)


@pytest.mark.parametrize("rpc", WITH_ETAG, ids=lambda rpc: rpc.path)
def test_gen_4_a_stale_etag_is_refused(site: Site, rpc: Rpc) -> None:
    body = _with_stale_etag(rpc, EXAMPLES[rpc.path](site))

    answer = site.door.connect(rpc.path, body)

    assert (answer.code, answer.reason) == ("aborted", "ETAG_MISMATCH"), pretty(answer)


@pytest.mark.parametrize("rpc", REPEATED, ids=lambda rpc: rpc.path)
def test_gen_5_a_retry_gets_the_first_answer_and_another_body_is_refused(
    site: Site, rpc: Rpc
) -> None:
    body = {**EXAMPLES[rpc.path](site), "requestId": new_request_id()}

    first = site.door.connect(rpc.path, body)
    again = site.door.connect(rpc.path, body)
    other = site.door.connect(rpc.path, _another(body))

    assert first.code == "ok", pretty(first)
    assert _same(again, first), pretty(again)
    assert (other.code, other.reason) == ("invalid_argument", "IDEMPOTENCY_KEY_REUSED"), pretty(
        other
    )


def _same(again: Answer, first: Answer) -> bool:
    secret = {"secret"}
    kept = {key: value for key, value in first.body.items() if key not in secret}
    repeated = {key: value for key, value in again.body.items() if key not in secret}
    return again.code == "ok" and repeated == kept
