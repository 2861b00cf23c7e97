"""The way in, the same on every port: who is it, and the door's word for them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from qvdc_console.ports import Headers, Signer
from qvdc_console.usecases.authentication import Authentication, Visitor
from qvdc_rpc.assertion import ASSERTION_KEY
from qvdc_rpc.pipeline import REQUEST_ID_KEY

HOP_BY_HOP = frozenset(
    {
        "connection",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
OURS = ("x-quantix-", "x-forwarded-")
CREDENTIALS = frozenset({"authorization", "cookie", "x-api-key", ASSERTION_KEY})


@dataclass(frozen=True, slots=True)
class Pass:
    """A caller who was let in, and the id of the call."""

    visitor: Visitor
    request_id: str


class Entrance:
    """Lets callers in and vouches for them towards the owners."""

    def __init__(self, authentication: Authentication, signer: Signer) -> None:
        self._authentication = authentication
        self._signer = signer

    async def admit(self, headers: Mapping[str, str], address: str) -> Pass:
        """Tell who calls.

        Raises:
            KeyMissing, KeyInvalid: nobody we know.
            StoreUnavailable: it cannot be told now.
        """
        visitor = await self._authentication.visitor(headers, address)
        return Pass(visitor, headers.get(REQUEST_ID_KEY, "")[:128] or str(uuid.uuid4()))

    def vouch(self, admitted: Pass, service: str) -> list[tuple[str, str]]:
        """The headers that carry the caller's identity to `service`."""
        visitor = admitted.visitor
        assertion = self._signer.sign(
            subject=visitor.subject, audience=service, permissions=visitor.permissions
        )
        return [(ASSERTION_KEY, assertion), (REQUEST_ID_KEY, admitted.request_id)]

    def forwarded(self, headers: Headers, admitted: Pass, service: str) -> list[tuple[str, str]]:
        """The caller's headers as the owner gets them: without credentials and hop-by-hop ones."""
        dropped = HOP_BY_HOP | CREDENTIALS | {REQUEST_ID_KEY}
        kept = [
            (key, value)
            for key, value in headers
            if key not in dropped and not key.startswith(OURS)
        ]
        return kept + self.vouch(admitted, service)
