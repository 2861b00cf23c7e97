"""qvdc role"""

from typing import Annotated

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from quantix.console.v1 import role_pb2 as pb
from qvdc_cli import words
from qvdc_cli.output import Column
from qvdc_cli.run import DryRun, Etag, Limit, RequestId, Run, verb
from qvdc_client.client import pages

group = typer.Typer(no_args_is_help=True, help="Named sets of permissions.")

NOUN = "roles"
Name = Annotated[str, typer.Argument(help="Id or name of the role.")]

COLUMNS = [
    Column("NAME", lambda r: words.short(r.name)),
    Column("BUILT IN", lambda r: "yes" if r.built_in else "no"),
    Column("PERMISSIONS", lambda r: str(len(r.permissions)), right=True),
    Column("DESCRIPTION", lambda r: r.description or words.NOTHING),
]
DETAILS = [
    Column("Name", lambda r: r.name),
    Column("Display name", lambda r: r.display_name),
    Column("Description", lambda r: r.description),
    Column("Built in", lambda r: "yes" if r.built_in else "no"),
    Column("Permissions", lambda r: "\n".join(r.permissions)),
    Column("Created", lambda r: words.ago(r, "create_time")),
    Column("Etag", lambda r: r.etag),
]
PERMISSIONS = [
    Column("PERMISSION", lambda p: p.permission),
    Column("NEEDED FOR", lambda p: words.joined(each.rpartition("/")[2] for each in p.rpcs)),
]


@verb(group, "create")
def create(
    run: Run,
    name: Annotated[str, typer.Argument(help="Id of the role.")],
    permission: Annotated[
        list[str], typer.Option("--permission", "-p", help="noun.verb, noun.*; may be repeated.")
    ] = [],
    display_name: str = "",
    description: str = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Make a role."""
    role = pb.Role(permissions=permission)
    if display_name:
        role.display_name = display_name
    if description:
        role.description = description
    made = run.client.roles.create_role(
        pb.CreateRoleRequest(role_id=name, role=role, request_id=request_id, validate_only=dry_run)
    )
    run.output.done("The request is valid." if dry_run else f"{made.name} is made.", made)


@verb(group, "list")
def list_(run: Run, limit: Limit = 1000) -> None:
    """List roles."""
    found = pages(run.client.roles.list_roles, pb.ListRolesRequest(), items="roles", limit=limit)
    run.output.rows(found, COLUMNS)


@verb(group, "show")
def show(run: Run, name: Name) -> None:
    """Show one role."""
    full = words.full_name(NOUN, name)
    run.output.one(run.client.roles.get_role(pb.GetRoleRequest(name=full)), DETAILS)


@verb(group, "edit")
def edit(
    run: Run,
    name: Name,
    permission: Annotated[
        list[str] | None, typer.Option("--permission", "-p", help="The permissions from now on.")
    ] = None,
    display_name: Annotated[str | None, typer.Option()] = None,
    description: Annotated[str | None, typer.Option()] = None,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Change what is given of a role."""
    role = pb.Role(name=words.full_name(NOUN, name), etag=etag)
    paths = []
    for field, value in (("display_name", display_name), ("description", description)):
        if value is not None:
            setattr(role, field, value)
            paths.append(field)
    if permission:
        role.permissions.extend(permission)
        paths.append("permissions")
    if not paths:
        raise typer.BadParameter("nothing to change is given")
    changed = run.client.roles.update_role(
        pb.UpdateRoleRequest(
            role=role,
            update_mask=FieldMask(paths=paths),
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    run.output.done("The request is valid." if dry_run else f"{changed.name} is changed.", changed)


@verb(group, "delete")
def delete(
    run: Run, name: Name, etag: Etag = "", request_id: RequestId = "", dry_run: DryRun = False
) -> None:
    """Delete a role that nobody has."""
    full = words.full_name(NOUN, name)
    run.client.roles.delete_role(
        pb.DeleteRoleRequest(name=full, etag=etag, request_id=request_id, validate_only=dry_run)
    )
    run.output.done("The request is valid." if dry_run else f"{full} is deleted.")


@verb(group, "permissions")
def permissions(run: Run, limit: Limit = 1000) -> None:
    """List every permission and what needs it."""
    request = pb.ListPermissionsRequest()
    found = pages(run.client.roles.list_permissions, request, items="permissions", limit=limit)
    run.output.rows(found, PERMISSIONS)
