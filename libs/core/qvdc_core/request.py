"""The identity of a mutation, which makes a retry safe."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Who asked for what, under which request id (PROTOCOLS 9).

    Args:
        actor: subject of the caller.
        rpc: full name of the method.
        request_id: the client's UUID.
        digest: hash of the request without its request id; the same id with another digest is
            refused with IDEMPOTENCY_KEY_REUSED.
    """

    actor: str
    rpc: str
    request_id: str
    digest: str
