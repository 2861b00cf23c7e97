"""qvdc info, whoami, explain; qvdc context"""

from dataclasses import replace
from typing import Annotated

import typer

from quantix.console.v1 import site_pb2 as pb
from qvdc_cli import context as contexts
from qvdc_cli.output import Column
from qvdc_cli.reasons import REASONS
from qvdc_cli.run import Run, verb

context_group = typer.Typer(no_args_is_help=True, help="Named sites and their keys.")

INFO = [
    Column("Site", lambda i: i.site),
    Column("Version", lambda i: i.version),
    Column("Features", lambda i: ", ".join(i.features)),
    Column("Services", lambda i: "\n".join(f"{s.service} ({s.copy_count})" for s in i.services)),
]
CALLER = [
    Column("Subject", lambda c: c.subject),
    Column("Permissions", lambda c: ", ".join(c.permissions)),
]


def register(app: typer.Typer) -> None:
    """Add the commands that have no noun."""

    @verb(app, "info")
    def info(run: Run) -> None:
        """Show version, features and services of the site."""
        run.output.one(run.client.info.get_info(pb.GetInfoRequest()), INFO)

    @verb(app, "whoami")
    def whoami(run: Run) -> None:
        """Show who you are to the site, and what you may do."""
        run.output.one(run.client.info.get_caller(pb.GetCallerRequest()), CALLER)

    @verb(app, "explain")
    def explain(
        run: Run,
        reason: Annotated[str, typer.Argument(help="An error's reason; none: all.")] = "",
    ) -> None:
        """Explain an error's reason: what it means, and what to do."""
        name = reason.upper().replace("-", "_")
        if not name:
            width = max(map(len, REASONS))
            for key, each in sorted(REASONS.items()):
                run.output.text(f"{key:<{width}}   {each.meaning}")
            return
        if name not in REASONS:
            raise typer.BadParameter(f"{reason} is no reason; see `qvdc explain`")
        found = REASONS[name]
        run.output.text(f"{name} ({found.code})\n{found.meaning}\nWhat to do: {found.todo}")
        if found.facts:
            run.output.text(f"Facts: {', '.join(found.facts)}")


@verb(context_group, "list")
def list_(run: Run) -> None:
    """List contexts; the current one is marked."""
    known = contexts.load(contexts.config_path())
    for name, each in sorted(known.named.items()):
        mark = "*" if name == known.current else " "
        run.output.text(f"{mark} {name}   {each.server}   {each.key_file}".rstrip())
    if not known.named:
        run.output.remark("No contexts; make one with `qvdc context set NAME --server URL`.")


@verb(context_group, "set")
def set_(
    run: Run,
    name: str,
    to_server: Annotated[str, typer.Option(help="Address of the API.")] = "",
    to_key_file: Annotated[str, typer.Option(help="File with the API key.")] = "",
    to_ca_file: Annotated[str, typer.Option(help="Authority to trust, PEM.")] = "",
) -> None:
    """Make or change a context; the first one becomes current."""
    path = contexts.config_path()
    known = contexts.load(path)
    context = known.named.get(name, contexts.Context())
    given = {"server": to_server, "key_file": to_key_file, "ca_file": to_ca_file}
    context = replace(context, **{key: value for key, value in given.items() if value})
    current = known.current or name
    contexts.save(path, contexts.Contexts(current, {**known.named, name: context}))
    run.output.done(f"Context {name} is kept in {path}.")


@verb(context_group, "use")
def use(run: Run, name: str) -> None:
    """Make a context the current one."""
    path = contexts.config_path()
    known = contexts.load(path)
    if name not in known.named:
        raise contexts.ContextError(f"there is no context {name}; see `qvdc context list`")
    contexts.save(path, contexts.Contexts(name, known.named))
    run.output.done(f"Context {name} is current.")
