"""quantix.console.v1.SessionService."""

from datetime import datetime

from google.protobuf.empty_pb2 import Empty

from quantix.console.v1 import session_pb2 as pb
from qvdc_console.api.caller import caller_of, expiry_of
from qvdc_console.api.convert import timestamp, token_to_wire
from qvdc_console.domain.permission import OWN_SESSION
from qvdc_console.domain.session import COOKIE, LONGEST
from qvdc_console.domain.user import User
from qvdc_console.usecases.caller import Caller
from qvdc_console.usecases.session import SessionsUseCase, SignedIn
from qvdc_rpc.context import RequestContext

SESSION_SERVICE = pb.DESCRIPTOR.services_by_name["SessionService"]
_SET_COOKIE = "set-cookie"


class SessionServicer:
    """Turns the wire into verbs of sessions and back; the cookie is set here."""

    def __init__(self, sessions: SessionsUseCase) -> None:
        self._sessions = sessions

    async def sign_in(self, request: pb.SignInRequest, ctx: RequestContext) -> pb.SignInResponse:
        """Let somebody in."""
        caller = caller_of(ctx)
        secure = caller.secure
        signed_in = await self._sessions.sign_in(request.user, request.password, caller.address)
        ctx.response_headers[_SET_COOKIE] = _cookie(signed_in.secret.text, LONGEST.seconds, secure)
        return pb.SignInResponse(session=_begun(signed_in), token=token_to_wire(signed_in.token))

    async def sign_out(self, request: pb.SignOutRequest, ctx: RequestContext) -> Empty:  # noqa: ARG002 - the caller says all
        """Let somebody go."""
        caller = caller_of(ctx)
        await self._sessions.sign_out(caller)
        ctx.response_headers[_SET_COOKIE] = _cookie("", 0, caller.secure)
        return Empty()

    async def get_session(
        self,
        request: pb.GetSessionRequest,  # noqa: ARG002 - it is empty
        ctx: RequestContext,
    ) -> pb.Session:
        """Say who is signed in."""
        caller = caller_of(ctx)
        user, idle = await self._sessions.find(caller)
        return _session(caller, user, idle, expiry_of(ctx))

    async def change_password(
        self, request: pb.ChangePasswordRequest, ctx: RequestContext
    ) -> Empty:
        """Change the caller's password."""
        caller = caller_of(ctx)
        await self._sessions.change_password(caller, request.old_password, request.new_password)
        return Empty()

    async def create_access_token(
        self,
        request: pb.CreateAccessTokenRequest,  # noqa: ARG002 - the caller says all
        ctx: RequestContext,
    ) -> pb.AccessToken:
        """Make a bearer token."""
        return token_to_wire(self._sessions.issue(caller_of(ctx), expiry_of(ctx)))


def _begun(signed_in: SignedIn) -> pb.Session:
    user = signed_in.user
    return pb.Session(
        user=user.name,
        display_name=user.display_name or "",
        subject=user.subject,
        permissions=sorted(signed_in.permissions),
        password_change_required=user.password_change_required,
        csrf_token=signed_in.secret.csrf_token,
        idle_expire_time=timestamp(signed_in.idle_expire_time),
        expire_time=timestamp(signed_in.expire_time),
    )


def _session(
    caller: Caller, user: User | None, idle: datetime | None, expires: datetime | None
) -> pb.Session:
    permissions = caller.actor.permissions
    return pb.Session(
        user=user.name if user else "",
        display_name=(user.display_name or "") if user else "",
        subject=caller.actor.subject,
        permissions=sorted(permissions),
        password_change_required=bool(caller.session_id) and permissions == OWN_SESSION,
        csrf_token=caller.csrf_token,
        idle_expire_time=timestamp(idle),
        expire_time=timestamp(expires),
    )


def _cookie(value: str, age_seconds: int, secure: bool) -> str:
    text = f"{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age_seconds}"
    return f"{text}; Secure" if secure else text
