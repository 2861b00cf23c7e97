"""The idempotency key of a mutation, read from its request."""

import hashlib
from typing import cast

from google.protobuf.message import Message

from qvdc_core.request import RequestKey
from qvdc_rpc.context import RequestContext


def request_key(request: Message, ctx: RequestContext) -> RequestKey | None:
    """Return who asks for what under which request id; None when nothing is to be remembered.

    Nothing is without a `request_id` and with `validate_only`. Equal requests of one caller have
    equal keys, however they were encoded.
    """
    request_id = cast(str, getattr(request, "request_id", ""))
    if not request_id or getattr(request, "validate_only", False):
        return None
    bare = type(request)()
    bare.CopyFrom(request)
    bare.ClearField("request_id")
    digest = hashlib.sha256(bare.SerializeToString(deterministic=True)).hexdigest()
    return RequestKey(ctx.caller.subject, ctx.method, request_id, digest)
