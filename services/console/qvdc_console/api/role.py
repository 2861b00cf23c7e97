"""quantix.console.v1.RoleService."""

from collections.abc import Mapping

from google.protobuf.empty_pb2 import Empty

from quantix.console.v1 import role_pb2 as pb
from qvdc_console.api.convert import role_to_wire
from qvdc_console.usecases.role import RolesUseCase, RoleWish
from qvdc_core.errors import InvalidField
from qvdc_core.ids import Name
from qvdc_core.page import PageRequest
from qvdc_rpc.context import RequestContext
from qvdc_rpc.field_mask import masked_paths
from qvdc_rpc.request_key import request_key

ROLE_SERVICE = pb.DESCRIPTOR.services_by_name["RoleService"]


class RoleServicer:
    """Turns the wire into verbs of roles and back.

    Args:
        catalogue: every permission, with the paths of the RPCs that need it.
    """

    def __init__(self, roles: RolesUseCase, catalogue: Mapping[str, tuple[str, ...]]) -> None:
        self._roles = roles
        self._catalogue = catalogue

    async def create_role(self, request: pb.CreateRoleRequest, ctx: RequestContext) -> pb.Role:
        """Make a role."""
        role = await self._roles.create(
            _wish(request.role, request.role_id),
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return role_to_wire(role)

    async def get_role(self, request: pb.GetRoleRequest, _ctx: RequestContext) -> pb.Role:
        """Read one role."""
        return role_to_wire(await self._roles.get(_name(request.name)))

    async def list_roles(
        self, request: pb.ListRolesRequest, _ctx: RequestContext
    ) -> pb.ListRolesResponse:
        """Read a page of roles."""
        page = await self._roles.page(PageRequest.of(request.page_size, request.page_token))
        return pb.ListRolesResponse(
            roles=[role_to_wire(each) for each in page.items], next_page_token=page.next_token
        )

    async def update_role(self, request: pb.UpdateRoleRequest, ctx: RequestContext) -> pb.Role:
        """Change a role."""
        mask = request.update_mask if request.HasField("update_mask") else None
        paths = frozenset(masked_paths(mask, request.role))
        role = await self._roles.update(
            _name(request.role.name, "role.name"),
            _wish(request.role, "", paths),
            actor=ctx.caller,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return role_to_wire(role)

    async def delete_role(self, request: pb.DeleteRoleRequest, ctx: RequestContext) -> Empty:
        """Delete a role."""
        await self._roles.delete(
            _name(request.name),
            etag=request.etag,
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return Empty()

    async def list_permissions(
        self, request: pb.ListPermissionsRequest, _ctx: RequestContext
    ) -> pb.ListPermissionsResponse:
        """Read a page of permissions; the token is the last one shown."""
        page = PageRequest.of(request.page_size, request.page_token)
        if page.token and page.token not in self._catalogue:
            raise InvalidField("page_token", "is not of this list")
        left = [each for each in self._catalogue if each > page.token]
        shown = left[: page.size]
        return pb.ListPermissionsResponse(
            permissions=[
                pb.Permission(permission=each, rpcs=self._catalogue[each]) for each in shown
            ],
            next_page_token=shown[-1] if len(left) > len(shown) else "",
        )


def _wish(wire: pb.Role, role_id: str, paths: frozenset[str] = frozenset()) -> RoleWish:
    return RoleWish(
        id=role_id,
        display_name=wire.display_name if wire.HasField("display_name") else None,
        description=wire.description if wire.HasField("description") else None,
        permissions=frozenset(wire.permissions),
        etag=wire.etag,
        paths=paths,
    )


def _name(text: str, field: str = "name") -> str:
    return str(Name.parse(text, "roles", field=field))
