"""Waiting for long work."""

import time
from collections.abc import Callable

from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2

from quantix.operation.v1 import operation_pb2 as pb
from qvdc_client.client import Client
from qvdc_client.errors import OperationFailed, Unavailable

LIVE = frozenset(
    {pb.Operation.STATE_QUEUED, pb.Operation.STATE_RUNNING, pb.Operation.STATE_CANCELLING}
)
GLANCE_SECONDS = 1
"""How long one question waits: how often progress is told at least."""
AWAY_SECONDS = 60.0
"""How long the API may stay away while work is awaited."""

Progress = Callable[[pb.Operation], None]


def wait_operation(
    client: Client,
    name: str,
    *,
    on_progress: Progress | None = None,
    timeout_seconds: float | None = None,
) -> pb.Operation:
    """Return the operation `name` once it SUCCEEDED; `on_progress` sees it on the way.

    The API may be away for a minute meanwhile.

    Raises:
        OperationFailed: it failed or was cancelled.
        TimeoutError: it has not ended in time; it goes on.
        ApiError: the API refused.
    """
    end = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    heard = time.monotonic()
    while True:
        try:
            operation = client.operations.wait_operation(
                pb.WaitOperationRequest(name=name, timeout=Duration(seconds=GLANCE_SECONDS))
            )
        except Unavailable:
            if time.monotonic() - heard > AWAY_SECONDS:
                raise
            time.sleep(GLANCE_SECONDS)
            continue
        heard = time.monotonic()
        if on_progress is not None:
            on_progress(operation)
        if operation.state not in LIVE:
            return succeeded(operation)
        if end is not None and time.monotonic() >= end:
            raise TimeoutError(f"{name} has not ended in time; it goes on")


def succeeded(operation: pb.Operation) -> pb.Operation:
    """Return `operation` if it SUCCEEDED.

    Raises:
        OperationFailed: it failed or was cancelled.
    """
    if operation.state == pb.Operation.STATE_SUCCEEDED:
        return operation
    if operation.state == pb.Operation.STATE_CANCELLED:
        failed = OperationFailed("CANCELLED", "CANCELLED", f"{operation.name} was cancelled.")
    else:
        error = operation.error
        code = code_pb2.Code.Name(error.code) if error.code else "UNKNOWN"
        failed = OperationFailed(code, error.reason, error.message, facts=dict(error.metadata))
    failed.operation = operation.name
    raise failed
