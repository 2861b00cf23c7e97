"""qvdc login, logout; qvdc auth"""

import secrets
import socket
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from google.protobuf.duration_pb2 import Duration

from quantix.console.v1 import api_key_pb2, session_pb2
from qvdc_cli import context as contexts
from qvdc_cli.commands.token import seconds
from qvdc_cli.output import Format
from qvdc_cli.run import Run, verb
from qvdc_client.client import Client, Site

group = typer.Typer(no_args_is_help=True, help="Tokens for programs.")

DEFAULT_CONTEXT = "default"
SUBJECT = "apikey:"


def register(app: typer.Typer) -> None:
    """Add login and logout."""

    @verb(app, "login")
    def login(
        run: Run,
        user: Annotated[str, typer.Option("--user", "-u", help="Id of the user.")] = "admin",
        password_file: Annotated[str, typer.Option(help="File with the password.")] = "",
        new_password_file: Annotated[
            str, typer.Option(help="File with the password to change a first one to.")
        ] = "",
        to_context: Annotated[str, typer.Option(help="Context to keep it in.")] = "",
        ttl: Annotated[str, typer.Option(help="Life of the key: 5min to 1095d.")] = "90d",
    ) -> None:
        """Sign in, and keep an API key of yours in a context, which becomes the current one."""
        life = seconds(ttl)
        site = contexts.place(**run.options)
        password = _secret(password_file, f"Password of {user}")
        made = _sign_in(run, site, user, password, new_password_file)
        with Client(replace(site, key=made.token.token)) as client:
            key_id = f"qvdc-{_host()}-{secrets.token_hex(3)}"
            key = client.api_keys.create_api_key(
                api_key_pb2.CreateApiKeyRequest(
                    api_key_id=key_id,
                    api_key=api_key_pb2.ApiKey(
                        display_name=f"qvdc on {socket.gethostname()[:100]}",
                        ttl=Duration(seconds=life),
                    ),
                )
            )
            client.sessions.sign_out(session_pb2.SignOutRequest())
        name = to_context or run.options["context"] or DEFAULT_CONTEXT
        _keep(name, site, key.secret)
        run.output.done(f"Signed in as {made.session.user}; context {name} is current.")

    @verb(app, "logout")
    def logout(run: Run) -> None:
        """Revoke the key of the context and forget it."""
        path = contexts.config_path()
        known = contexts.load(path)
        name = run.options["context"] or known.current
        if name not in known.named:
            raise contexts.ContextError("there is no context to sign out of")
        subject = run.client.sessions.get_session(session_pb2.GetSessionRequest()).subject
        if not subject.startswith(SUBJECT):
            raise contexts.ContextError(f"context {name} holds no API key")
        run.client.api_keys.delete_api_key(
            api_key_pb2.DeleteApiKeyRequest(name=f"api-keys/{subject.removeprefix(SUBJECT)}")
        )
        kept = known.named[name]
        if Path(kept.key_file).parent == path.parent / "keys":
            Path(kept.key_file).unlink(missing_ok=True)
        without = {**known.named, name: replace(kept, key_file="")}
        contexts.save(path, contexts.Contexts(known.current, without))
        run.output.done(f"Signed out of {name}.")


@verb(group, "token")
def token(run: Run) -> None:
    """Print a bearer token, good for 15 min."""
    made = run.client.sessions.create_access_token(session_pb2.CreateAccessTokenRequest())
    if run.output.format is Format.TABLE:
        run.output.text(made.token)
    else:
        run.output.one(made, [])


def _sign_in(
    run: Run, site: Site, user: str, password: str, new_password_file: str
) -> session_pb2.SignInResponse:
    """Sign in, and change a first password on the way."""
    with Client(site) as client:
        made = client.sessions.sign_in(session_pb2.SignInRequest(user=user, password=password))
        if not made.session.password_change_required:
            return made
        run.output.remark("This password was set by somebody else: choose your own.")
        chosen = _secret(new_password_file, "New password", confirm=True)
        with Client(replace(site, key=made.token.token)) as signed_in:
            signed_in.sessions.change_password(
                session_pb2.ChangePasswordRequest(old_password=password, new_password=chosen)
            )
        return client.sessions.sign_in(session_pb2.SignInRequest(user=user, password=chosen))


def _secret(file: str, prompt: str, *, confirm: bool = False) -> str:
    if file:
        return Path(file).expanduser().read_text().strip("\r\n")
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True))


def _keep(name: str, site: Site, key: str) -> None:
    path = contexts.config_path()
    known = contexts.load(path)
    kept = contexts.Context(
        server=site.server,
        key_file=str(contexts.keep_key(path, name, key)),
        ca_file=str(site.ca_file.absolute()) if site.ca_file else "",
    )
    contexts.save(path, contexts.Contexts(name, {**known.named, name: kept}))


def _host() -> str:
    """This machine's name as part of an id."""
    kept = "".join(each if each.isalnum() else "-" for each in socket.gethostname().lower())
    return "".join(each for each in kept if each.isascii())[:32].strip("-") or "host"
