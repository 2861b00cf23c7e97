"""qvdc user"""

from pathlib import Path
from typing import Annotated

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from quantix.console.v1 import user_pb2 as pb
from qvdc_cli import words
from qvdc_cli.output import Column
from qvdc_cli.run import DryRun, Etag, Limit, Query, RequestId, Run, confirm, verb
from qvdc_client.client import pages

group = typer.Typer(no_args_is_help=True, help="People who may sign in.")

NOUN = "users"
Name = Annotated[str, typer.Argument(help="Id or name of the user.")]
PasswordFile = Annotated[str, typer.Option(help="File with the password; asked for without.")]
Roles = Annotated[list[str], typer.Option("--role", help="A role at the site; may be repeated.")]

COLUMNS = [
    Column("NAME", lambda u: words.short(u.name)),
    Column("DISPLAY NAME", lambda u: u.display_name or words.NOTHING),
    Column("ROLES", lambda u: words.joined(words.short(each) for each in u.roles)),
    Column("STATE", lambda u: _state(u), state=True),
    Column("LAST SIGN-IN", lambda u: words.ago(u, "last_sign_in_time")),
]
DETAILS = [
    Column("Name", lambda u: u.name),
    Column("Display name", lambda u: u.display_name),
    Column("Description", lambda u: u.description),
    Column("Roles", lambda u: words.joined(u.roles)),
    Column("State", lambda u: _state(u), state=True),
    Column("Locked", lambda u: words.ago(u, "lock_expire_time")),
    Column("Last sign-in", lambda u: words.ago(u, "last_sign_in_time")),
    Column("Created", lambda u: words.ago(u, "create_time")),
    Column("Etag", lambda u: u.etag),
]


def _state(user: pb.User) -> str:
    if user.disabled:
        return "DISABLED"
    if user.HasField("lock_expire_time"):
        return "LOCKED"
    return "NEW PASSWORD" if user.password_change_required else "ACTIVE"


@verb(group, "create")
def create(
    run: Run,
    name: Annotated[str, typer.Argument(help="Id of the user.")],
    display_name: str = "",
    description: str = "",
    role: Roles = [],
    password_file: PasswordFile = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Make a user, who has to change this password."""
    user = pb.User(roles=[words.full_name("roles", each) for each in role])
    if display_name:
        user.display_name = display_name
    if description:
        user.description = description
    made = run.client.users.create_user(
        pb.CreateUserRequest(
            user_id=name,
            user=user,
            password=_password(password_file),
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    run.output.done("The request is valid." if dry_run else f"{made.name} is made.", made)


@verb(group, "list")
def list_(run: Run, query: Query = "", limit: Limit = 1000) -> None:
    """List users."""
    request = pb.ListUsersRequest(query=query)
    found = pages(run.client.users.list_users, request, items="users", limit=limit)
    run.output.rows(found, COLUMNS)


@verb(group, "show")
def show(run: Run, name: Name) -> None:
    """Show one user."""
    full = words.full_name(NOUN, name)
    run.output.one(run.client.users.get_user(pb.GetUserRequest(name=full)), DETAILS)


@verb(group, "edit")
def edit(
    run: Run,
    name: Name,
    display_name: Annotated[str | None, typer.Option()] = None,
    description: Annotated[str | None, typer.Option()] = None,
    role: Annotated[
        list[str] | None, typer.Option("--role", help="The roles from now on; may be repeated.")
    ] = None,
    disable: Annotated[bool | None, typer.Option("--disable/--enable")] = None,
    etag: Etag = "",
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Change what is given of a user."""
    user = pb.User(name=words.full_name(NOUN, name), etag=etag)
    paths = []
    for field, value in (
        ("display_name", display_name),
        ("description", description),
        ("disabled", disable),
    ):
        if value is not None:
            setattr(user, field, value)
            paths.append(field)
    if role:
        user.roles.extend(words.full_name("roles", each) for each in role)
        paths.append("roles")
    if not paths:
        raise typer.BadParameter("nothing to change is given")
    changed = run.client.users.update_user(
        pb.UpdateUserRequest(
            user=user,
            update_mask=FieldMask(paths=paths),
            request_id=request_id,
            validate_only=dry_run,
        )
    )
    run.output.done("The request is valid." if dry_run else f"{changed.name} is changed.", changed)


@verb(group, "delete")
def delete(
    run: Run,
    name: Name,
    etag: Etag = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    request_id: RequestId = "",
    dry_run: DryRun = False,
) -> None:
    """Delete a user with their sessions and keys."""
    full = words.full_name(NOUN, name)
    confirm(run, f"Delete {full} with all of their keys?", yes=yes or dry_run)
    run.client.users.delete_user(
        pb.DeleteUserRequest(name=full, etag=etag, request_id=request_id, validate_only=dry_run)
    )
    run.output.done("The request is valid." if dry_run else f"{full} is deleted.")


@verb(group, "set-password")
def set_password(
    run: Run,
    name: Name,
    password_file: PasswordFile = "",
    etag: Etag = "",
    request_id: RequestId = "",
) -> None:
    """Give a user a new password, which they have to change; their sessions end."""
    full = words.full_name(NOUN, name)
    request = pb.SetUserPasswordRequest(
        name=full, password=_password(password_file), etag=etag, request_id=request_id
    )
    changed = run.client.users.set_user_password(request)
    run.output.done(f"{full} has a new password.", changed)


@verb(group, "unlock")
def unlock(run: Run, name: Name, etag: Etag = "", request_id: RequestId = "") -> None:
    """Let a user try again who was locked out by wrong passwords."""
    full = words.full_name(NOUN, name)
    request = pb.UnlockUserRequest(name=full, etag=etag, request_id=request_id)
    run.output.done(f"{full} may sign in.", run.client.users.unlock_user(request))


def _password(file: str) -> str:
    if file:
        return Path(file).expanduser().read_text().strip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
