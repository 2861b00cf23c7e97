from quantix.cluster.v1 import cluster_pb2
from qvdc_core.actor import Actor, ActorKind
from qvdc_rpc.context import RequestContext
from qvdc_rpc.request_key import request_key

ID = "0b6f3a52-5a5c-4c5d-9d0e-0a1b2c3d4e5f"
CTX = RequestContext(Actor("user:ada", ActorKind.USER), "/x.Y/Create", "r")


def creating(**more: object) -> cluster_pb2.CreateClusterRequest:
    return cluster_pb2.CreateClusterRequest(cluster_id="prod", **more)  # type: ignore[arg-type]


def test_equal_requests_have_equal_keys() -> None:
    first = request_key(creating(request_id=ID), CTX)

    assert first is not None
    assert first == request_key(creating(request_id=ID), CTX)
    assert (first.actor, first.rpc, first.request_id) == ("user:ada", "/x.Y/Create", ID)


def test_another_body_has_another_digest() -> None:
    first = request_key(creating(request_id=ID), CTX)
    other = request_key(cluster_pb2.CreateClusterRequest(cluster_id="b", request_id=ID), CTX)

    assert first is not None
    assert other is not None
    assert first.digest != other.digest


def test_nothing_is_remembered_without_an_id_or_when_only_validating() -> None:
    assert request_key(creating(), CTX) is None
    assert request_key(creating(request_id=ID, validate_only=True), CTX) is None
