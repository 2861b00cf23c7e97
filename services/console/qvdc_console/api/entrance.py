"""The way in, the same on every port: who is it, and the door's word for them."""

import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf.descriptor import MethodDescriptor

from qvdc_console.api.caller import caller_headers
from qvdc_console.api.public import DOOR
from qvdc_console.domain.permission import covers
from qvdc_console.domain.rate import Rate, Rates
from qvdc_console.domain.refusals import (
    CsrfTokenInvalid,
    OriginRefused,
    PasswordChangeRequired,
    PermissionsChanged,
    RateLimited,
)
from qvdc_console.domain.session import CSRF_HEADER
from qvdc_console.ports import Headers, RateLimits, Signer
from qvdc_console.usecases.authentication import ANONYMOUS, Authentication, Visitor
from qvdc_core.errors import PermissionMissing, Refusal
from qvdc_rpc.access import access_of
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
OPEN_METHODS = frozenset({"quantix.console.v1.SessionService.SignIn"})
"""What is answered without a login."""
SAFE_VERBS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call as it reached a public port.

    Args:
        headers: names in lower case.
        origin: scheme and host under which the port was called, such as https://vdc.example:8443;
            "" on ports that browsers cannot speak to, where cookies count for nothing.
        verb: the HTTP method.
        method: the RPC that is meant; None for plain HTTP.
    """

    headers: Mapping[str, str]
    address: str
    origin: str
    verb: str
    path: str
    method: MethodDescriptor | None = None

    @property
    def safe(self) -> bool:
        """Whether a browser may be led to send it by any page."""
        return self.verb in SAFE_VERBS

    @property
    def request_id(self) -> str:
        """The id that the caller gave the call; "" if it gave none."""
        return self.headers.get(REQUEST_ID_KEY, "")[:128]


@dataclass(frozen=True, slots=True)
class Pass:
    """A caller who was let in, and the id of the call."""

    visitor: Visitor
    request_id: str
    address: str = ""
    secure: bool = False


class Entrance:
    """Lets callers in and vouches for them towards the owners.

    Args:
        origins: further origins of the console's pages, where a proxy stands before the door.
    """

    def __init__(
        self,
        authentication: Authentication,
        signer: Signer,
        *,
        limits: RateLimits,
        rates: Rates,
        origins: tuple[str, ...] = (),
    ) -> None:
        self._limits = limits
        self._rates = rates
        self._authentication = authentication
        self._signer = signer
        self._origins = origins

    async def admit(self, arrival: Arrival) -> Pass:
        """Tell who calls, and whether a browser's call is its user's own wish.

        Raises:
            KeyMissing, KeyInvalid, AccessTokenInvalid, SessionEnded: nobody we know.
            OriginRefused, CsrfTokenInvalid: a page of another site made the browser call.
            PasswordChangeRequired: the password comes first.
            RateLimited: they, or strangers at their address, call too often.
            StoreUnavailable: it cannot be told now.
        """
        try:
            visitor = await self._visitor(arrival)
        except Refusal:
            await self._limit(f"address:{arrival.address}", self._rates.stranger)
            raise
        if visitor is ANONYMOUS:
            await self._limit(f"address:{arrival.address}", self._rates.stranger)
        else:
            await self._limit(visitor.subject, self._rates.caller)
        if visitor.csrf_token:
            self._guard(arrival, visitor.csrf_token)
        if visitor.password_change_required and not _allowed(visitor, arrival.method):
            raise PasswordChangeRequired
        request_id = arrival.request_id or str(uuid.uuid4())
        secure = arrival.origin.startswith("https:")
        return Pass(visitor, request_id, arrival.address, secure)

    async def still(self, arrival: Arrival, admitted: Pass) -> None:
        """Check that who was admitted may still have the stream that they opened.

        Looking does not count as use: a page left open goes idle.

        Raises:
            SessionEnded, KeyInvalid, AccessTokenInvalid: what let them in has ended.
            PermissionMissing: they may not call this any more.
            PermissionsChanged: they may do other things than at the beginning.
            StoreUnavailable: it cannot be told now.
        """
        visitor = await self._authentication.visitor(
            arrival.headers, arrival.address, with_cookie=bool(arrival.origin), noted=False
        )
        if arrival.method is not None and not _allowed(visitor, arrival.method):
            raise PermissionMissing(access_of(arrival.method).permission)
        if visitor.permissions != admitted.visitor.permissions:
            raise PermissionsChanged

    async def _limit(self, caller: str, rate: Rate) -> None:
        if wait := await self._limits.take(caller, rate):
            raise RateLimited(wait, rate.per_second)

    def vouch(self, admitted: Pass, service: str) -> list[tuple[str, str]]:
        """The headers that carry the caller's identity to `service`."""
        visitor = admitted.visitor
        assertion = self._signer.sign(
            subject=visitor.subject, audience=service, permissions=visitor.permissions
        )
        headers = [(ASSERTION_KEY, assertion), (REQUEST_ID_KEY, admitted.request_id)]
        if admitted.address:
            headers.append(("x-forwarded-for", admitted.address))
        if service == DOOR:
            headers += caller_headers(visitor, secure=admitted.secure)
        return headers

    def forwarded(self, headers: Headers, admitted: Pass, service: str) -> list[tuple[str, str]]:
        """The caller's headers as the owner gets them: without credentials and hop-by-hop ones."""
        dropped = HOP_BY_HOP | CREDENTIALS | {REQUEST_ID_KEY}
        kept = [
            (key, value)
            for key, value in headers
            if key not in dropped and not key.startswith(OURS)
        ]
        return kept + self.vouch(admitted, service)

    async def _visitor(self, arrival: Arrival) -> Visitor:
        if arrival.method is not None and arrival.method.full_name in OPEN_METHODS:
            self._check_origin(arrival, needed=False)
            return ANONYMOUS
        return await self._authentication.visitor(
            arrival.headers, arrival.address, with_cookie=bool(arrival.origin)
        )

    def _guard(self, arrival: Arrival, token: str) -> None:
        self._check_origin(arrival, needed=not arrival.safe)
        if arrival.safe:
            return
        given = arrival.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise CsrfTokenInvalid

    def _check_origin(self, arrival: Arrival, *, needed: bool) -> None:
        origin = arrival.headers.get("origin", "")
        if not origin and not needed:
            return
        if origin not in (arrival.origin, *self._origins) or not origin:
            raise OriginRefused(origin[:256])


def _allowed(visitor: Visitor, method: MethodDescriptor | None) -> bool:
    return method is not None and covers(visitor.permissions, access_of(method).permission)
