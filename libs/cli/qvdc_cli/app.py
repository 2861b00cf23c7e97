"""The command `qvdc`, put together."""

import typer

from qvdc_cli.commands import (
    api_key,
    audit,
    cluster,
    event,
    image_folder,
    network,
    node,
    operation,
    pool,
    role,
    session,
    site,
    user,
    vm,
)

HELP = """Quantix-vDC from the command line.

Exit codes: 0 done, 1 unknown or our bug, 2 usage, 3 invalid request, 4 not found, 5 conflict or
unmet precondition, 6 denied or unauthenticated, 7 exhausted, 8 unavailable or too late.
"""


def build() -> typer.Typer:
    """Compose the command."""
    app = typer.Typer(
        name="qvdc",
        help=HELP,
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name, group in (
        ("cluster", cluster.group),
        ("node", node.group),
        ("pool", pool.group),
        ("image", image_folder.group),
        ("network", network.group),
        ("vm", vm.group),
        ("operation", operation.group),
        ("events", event.group),
        ("user", user.group),
        ("role", role.group),
        ("apikey", api_key.group),
        ("audit", audit.group),
        ("auth", session.group),
        ("context", site.context_group),
    ):
        app.add_typer(group, name=name)
    site.register(app)
    session.register(app)
    return app
