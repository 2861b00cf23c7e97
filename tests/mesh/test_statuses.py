"""GEN-12: every code has its REST status, every refusal a reason that is explained."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator
from datetime import timedelta

import pytest
from google.rpc import code_pb2

from qvdc_cli.reasons import REASONS
from qvdc_console.api.errors import from_connect_json, rest_answer, rpc_answer
from qvdc_core.errors import FieldViolation, Kind, Refusal
from qvdc_rpc.status import to_status

STATUS = {
    "INVALID_ARGUMENT": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "FAILED_PRECONDITION": 409,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    "INTERNAL": 500,
    "UNKNOWN": 500,
    "DATA_LOSS": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
PACKAGES = (
    "qvdc_core",
    "qvdc_rpc",
    "qvdc_db",
    "qvdc_cluster",
    "qvdc_node",
    "qvdc_image",
    "qvdc_network",
    "qvdc_vm",
    "qvdc_console",
)
# Never answered to a caller of the API: abstract, or said between processes.
INTERNAL = {"REFUSED", "INTERNAL"}


def _modules(package: str) -> Iterator[str]:
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, f"{package}."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            yield module.name


def _refusals() -> list[type[Refusal]]:
    for package in PACKAGES:
        for module in _modules(package):
            importlib.import_module(module)
    found: list[type[Refusal]] = []
    waiting = [Refusal]
    while waiting:
        for each in waiting.pop().__subclasses__():
            waiting.append(each)
            if each.__module__.split(".")[0] in PACKAGES:
                found.append(each)
    return sorted(set(found), key=lambda each: (each.__module__, each.__name__))


REFUSALS = _refusals()


def a_refusal(kind: Kind, reason: str) -> Refusal:
    """A refusal with everything that one may carry."""
    refusal = Refusal(
        "Words for people.",
        fields=[FieldViolation("vm.memory_bytes", "is too small", "TOO_SMALL")],
        retry_after=timedelta(seconds=3),
        limit_bytes=1,
    )
    refusal.kind, refusal.reason = kind, reason
    return refusal


def test_every_code_of_grpc_has_a_status() -> None:
    assert set(STATUS) == set(code_pb2.Code.keys()) - {"OK"}


@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.value)
def test_gen_12_an_error_carries_code_reason_fields_facts_and_delay(kind: Kind) -> None:
    answer = rest_answer(a_refusal(kind, "SOMETHING"))
    headers = dict(answer.headers)

    assert answer.status == STATUS[kind.value]
    assert json.loads(answer.body) == {
        "code": kind.value,
        "reason": "SOMETHING",
        "message": "Words for people.",
        "fields": [
            {
                "field": "vm.memory_bytes",
                "description": "is too small",
                "reason": "TOO_SMALL",
            }
        ],
        "facts": {"limit_bytes": "1"},
        "retryAfter": "3s",
    }
    assert headers["retry-after"] == "3"


@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.value)
def test_gen_12_connect_carries_the_same_as_rest(kind: Kind) -> None:
    refusal = a_refusal(kind, "SOMETHING")

    over_connect = rpc_answer(refusal, "application/proto")
    read = from_connect_json(over_connect.body, over_connect.status)

    assert (read.code, read.reason) == (kind.value, "SOMETHING")
    assert (read.fields, read.facts) == (refusal.fields, refusal.facts)
    assert read.retry_after == refusal.retry_after


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda each: f"{each.__module__}.{each.__name__}")
def test_gen_12_every_refusal_has_a_code_with_a_status_and_is_explained(
    refusal: type[Refusal],
) -> None:
    if refusal.reason in INTERNAL or refusal.__module__.startswith("qvdc_rpc.status"):
        return
    status = to_status(a_refusal(refusal.kind, refusal.reason))

    assert code_pb2.Code.Name(status.code) == refusal.kind.value
    assert refusal.kind.value in STATUS
    assert refusal.reason in REASONS, "qvdc explain does not know it"
