"""What every command is given, and the options that all of them have."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, TypeVar

import typer
from google.protobuf.message import Message

from quantix.event.v1 import event_pb2
from quantix.operation.v1 import operation_pb2
from qvdc_cli import failure
from qvdc_cli.context import ContextError, resolve
from qvdc_cli.output import Column, Format, Output
from qvdc_cli.progress import meter
from qvdc_client.client import Client
from qvdc_client.errors import ApiError
from qvdc_client.operation import wait_operation

RequestId = Annotated[
    str,
    typer.Option(
        help="UUID that makes a repeat of this command safe: it answers what the first one did."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, change nothing.")]
Wait = Annotated[
    bool, typer.Option("--wait/--no-wait", help="Wait for the work, or return at once.")
]
Etag = Annotated[str, typer.Option(help="Refuse if somebody changed it since this etag was read.")]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Go on with each change.")]
Query = Annotated[str, typer.Option("--query", "-q", help="Only those whose names hold this.")]
Label = Annotated[list[str], typer.Option("--label", "-l", help="KEY=VALUE; may be repeated.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]

PANEL = "Common options"
F = TypeVar("F", bound=Callable[..., None])


@dataclass(frozen=True)
class Run:
    """One run of the command: the API and the output."""

    output: Output
    options: dict[str, str]

    @cached_property
    def client(self) -> Client:
        """The API, connected when first used.

        Raises:
            ContextError: it is not known where it is.
        """
        return Client(resolve(**self.options))

    def finish(
        self,
        operation: operation_pb2.Operation,
        *,
        wait: bool,
        done: str,
        read: Callable[[], Message] | None = None,
    ) -> None:
        """Wait for `operation` with its progress and say `done`; or say how to follow it.

        Args:
            read: reads the resource as it is at the end, for programs.

        Raises:
            ApiError: it failed.
        """
        if not wait or not operation.name:
            follow = f"Under way: qvdc operation wait {operation.name}"
            self.output.done(follow if operation.name else "The request is valid.", operation)
            return
        self.follow(operation)
        self.output.done(done, read() if read and self.output.format is not Format.TABLE else None)

    def follow(self, operation: operation_pb2.Operation) -> operation_pb2.Operation:
        """Show an operation's progress until it ends.

        Raises:
            OperationFailed: it failed.
        """
        with meter(self.output, f"{operation.verb} {operation.target}") as shown:

            def tell(now: operation_pb2.Operation) -> None:
                stage = f"{now.stage}: {now.message}" if now.message else now.stage
                done = now.bytes_done if now.HasField("bytes_done") else None
                total = now.bytes_total if now.HasField("bytes_total") else None
                shown.show(stage, now.progress_percent, done, total)

            tell(operation)
            return wait_operation(self.client, operation.name, on_progress=tell)


def verb(
    group: typer.Typer, name: str, *, hidden: bool = False, panel: str | None = None
) -> Callable[[F], F]:
    """Make a function a command of `group`: it gets a `Run` first, and the common options.

    What the API refuses ends the command with the exit code of its class.
    """

    def decorate(function: F) -> F:
        signature = inspect.signature(function, eval_str=True)
        own = [
            each.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for each in list(signature.parameters.values())[1:]
        ]
        common = inspect.signature(_common, eval_str=True)
        parameters = [*own, *common.parameters.values()]

        def command(**given: Any) -> None:
            shared = {key: given.pop(key) for key in common.parameters}
            output = Output(shared.pop("output"), quiet=shared.pop("quiet"))
            with _guarded(output):
                function(Run(output, shared), **given)

        command.__name__, command.__doc__ = name, inspect.getdoc(function)
        command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]  # what inspect reads
        command.__annotations__ = {each.name: each.annotation for each in parameters}
        group.command(name, hidden=hidden, rich_help_panel=panel)(command)
        return function

    return decorate


def pairs(texts: list[str], option: str = "--label") -> dict[str, str]:
    """Read KEY=VALUE texts.

    Raises:
        typer.BadParameter: one has no "=".
    """
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"{text!r} must look like KEY=VALUE", param_hint=option)
        found[key] = value
    return found


def confirm(run: Run, question: str, *, yes: bool) -> None:
    """Ask before something is lost, on a terminal; elsewhere the command is taken at its word.

    Raises:
        typer.Abort: the answer was no.
    """
    if yes or not run.output.err.is_terminal:
        return
    if not typer.confirm(question, err=True):
        raise typer.Abort


def show_streamed(
    run: Run, items: Iterator[Any], field: str, columns: list[Column], *, marked: bool = True
) -> None:
    """Write a Watch stream of any noun, each item in a line; `marked` says what became of it."""
    marks = {
        event_pb2.WATCH_KIND_SNAPSHOT: " ",
        event_pb2.WATCH_KIND_CHANGED: "changed",
        event_pb2.WATCH_KIND_DELETED: "deleted",
    }
    for item in items:
        if item.kind in marks and item.HasField(field):
            mark = marks[item.kind] if marked else ""
            run.output.item(getattr(item, field), columns, mark=mark)


def _common(
    *,
    output: Annotated[
        Format, typer.Option("--output", "-o", help="How to write.", rich_help_panel=PANEL)
    ] = Format.TABLE,
    server: Annotated[
        str,
        typer.Option(envvar="QVDC_SERVER", help="Address of the API.", rich_help_panel=PANEL),
    ] = "",
    key_file: Annotated[
        str,
        typer.Option(envvar="QVDC_KEY_FILE", help="File with the API key.", rich_help_panel=PANEL),
    ] = "",
    ca_file: Annotated[
        str,
        typer.Option(envvar="QVDC_CA_FILE", help="Authority to trust, PEM.", rich_help_panel=PANEL),
    ] = "",
    context: Annotated[
        str,
        typer.Option(envvar="QVDC_CONTEXT", help="Named context to use.", rich_help_panel=PANEL),
    ] = "",
    quiet: Annotated[
        bool,
        typer.Option("--quiet", help="No remarks, no progress.", rich_help_panel=PANEL),
    ] = False,
) -> None:
    """The options that every command has."""


@contextmanager
def _guarded(output: Output) -> Iterator[None]:
    try:
        yield
    except ApiError as error:
        failure.tell(output, error)
        raise typer.Exit(failure.exit_code(error)) from error
    except ContextError as error:
        output.err.print(f"Error: {error}", markup=False)
        raise typer.Exit(failure.USAGE) from error
    except TimeoutError as error:
        output.err.print(f"Error: {error}", markup=False)
        raise typer.Exit(failure.AWAY) from error
    except BrokenPipeError as error:
        raise typer.Exit(0) from error
    except KeyboardInterrupt as error:
        output.err.print("Interrupted; what was begun goes on.")
        raise typer.Exit(failure.INTERRUPTED) from error
    except OSError as error:
        output.err.print(f"Error: {error.filename or ''}: {error.strerror}", markup=False)
        raise typer.Exit(failure.USAGE) from error
