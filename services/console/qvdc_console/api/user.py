"""quantix.console.v1.UserService."""

import hashlib
import hmac
from typing import TypeVar

from google.protobuf.empty_pb2 import Empty

from quantix.console.v1 import user_pb2 as pb
from qvdc_console.api.convert import user_to_wire
from qvdc_console.usecases.user import UsersUseCase, UserWish
from qvdc_core.ids import Name
from qvdc_core.page import PageRequest
from qvdc_core.request import RequestKey
from qvdc_rpc.context import RequestContext
from qvdc_rpc.field_mask import masked_paths
from qvdc_rpc.request_key import request_key

Secretive = TypeVar("Secretive", pb.CreateUserRequest, pb.SetUserPasswordRequest)
USER_SERVICE = pb.DESCRIPTOR.services_by_name["UserService"]


class UserServicer:
    """Turns the wire into verbs of users and back.

    Args:
        pepper: keeps the digests that are stored of requests from telling their passwords.
    """

    def __init__(self, users: UsersUseCase, *, pepper: bytes) -> None:
        self._users = users
        self._pepper = pepper

    async def create_user(self, request: pb.CreateUserRequest, ctx: RequestContext) -> pb.User:
        """Make a user."""
        user = await self._users.create(
            _wish(request.user, request.user_id),
            request.password,
            actor=ctx.caller,
            key=self._key(request, ctx),
            validate_only=request.validate_only,
        )
        return user_to_wire(user)

    async def get_user(self, request: pb.GetUserRequest, _ctx: RequestContext) -> pb.User:
        """Read one user."""
        return user_to_wire(await self._users.get(_name(request.name)))

    async def list_users(
        self, request: pb.ListUsersRequest, _ctx: RequestContext
    ) -> pb.ListUsersResponse:
        """Read a page of users."""
        wanted = PageRequest.of(request.page_size, request.page_token)
        page = await self._users.page(request.query, wanted)
        return pb.ListUsersResponse(
            users=[user_to_wire(each) for each in page.items], next_page_token=page.next_token
        )

    async def update_user(self, request: pb.UpdateUserRequest, ctx: RequestContext) -> pb.User:
        """Change a user."""
        mask = request.update_mask if request.HasField("update_mask") else None
        paths = frozenset(masked_paths(mask, request.user))
        user = await self._users.update(
            _name(request.user.name, "user.name"),
            _wish(request.user, "", paths),
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return user_to_wire(user)

    async def delete_user(self, request: pb.DeleteUserRequest, ctx: RequestContext) -> Empty:
        """Delete a user."""
        await self._users.delete(
            _name(request.name),
            etag=request.etag,
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return Empty()

    async def set_user_password(
        self, request: pb.SetUserPasswordRequest, ctx: RequestContext
    ) -> pb.User:
        """Give a user another password."""
        user = await self._users.set_password(
            _name(request.name),
            request.password,
            etag=request.etag,
            actor=ctx.caller,
            key=self._key(request, ctx),
        )
        return user_to_wire(user)

    async def unlock_user(self, request: pb.UnlockUserRequest, ctx: RequestContext) -> pb.User:
        """Let a user try again."""
        user = await self._users.unlock(
            _name(request.name), etag=request.etag, actor=ctx.caller, key=request_key(request, ctx)
        )
        return user_to_wire(user)

    def _key(self, request: Secretive, ctx: RequestContext) -> RequestKey | None:
        hidden = type(request)()
        hidden.CopyFrom(request)
        password = request.password.encode()
        hidden.password = hmac.new(self._pepper, password, hashlib.sha256).hexdigest()
        return request_key(hidden, ctx)


def _wish(wire: pb.User, user_id: str, paths: frozenset[str] = frozenset()) -> UserWish:
    return UserWish(
        id=user_id,
        display_name=wire.display_name if wire.HasField("display_name") else None,
        description=wire.description if wire.HasField("description") else None,
        roles=tuple(each.removeprefix("roles/") for each in wire.roles),
        disabled=wire.disabled,
        etag=wire.etag,
        paths=paths,
    )


def _name(text: str, field: str = "name") -> str:
    return str(Name.parse(text, "users", field=field))
