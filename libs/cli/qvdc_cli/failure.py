"""How a failure ends the command: its exit code, and what people read."""

from rich.text import Text

from qvdc_cli.output import Output
from qvdc_cli.reasons import advice
from qvdc_client.errors import (
    ApiError,
    Conflict,
    Denied,
    Exhausted,
    InvalidRequest,
    NotFound,
    OperationFailed,
    Unavailable,
    class_of,
)

UNKNOWN = 1
USAGE = 2
INVALID = 3
NOT_FOUND = 4
CONFLICT = 5
DENIED = 6
EXHAUSTED = 7
AWAY = 8
INTERRUPTED = 130

_CODES = (
    (InvalidRequest, INVALID),
    (NotFound, NOT_FOUND),
    (Conflict, CONFLICT),
    (Denied, DENIED),
    (Exhausted, EXHAUSTED),
    (Unavailable, AWAY),
)


def exit_code(error: ApiError) -> int:
    """The exit code of the error's class; a failed operation counts as the refusal it holds."""
    kind = class_of(error.code) if isinstance(error, OperationFailed) else type(error)
    for known, code in _CODES:
        if issubclass(kind, known):
            return code
    return UNKNOWN


def tell(output: Output, error: ApiError) -> None:
    """Write what happened, why, and what to do, to standard error."""
    console = output.err
    console.print(Text.assemble(("Error: ", "bold red"), error.message or error.reason))
    for problem in error.fields:
        console.print(Text(f"  {problem.field}: {problem.description}"))
    said = error.message
    facts = {key: value for key, value in error.facts.items() if value and value not in said}
    width = max((len(key) for key in facts), default=0)
    for key, value in facts.items():
        console.print(Text.assemble((f"  {key:<{width}}  ", "dim"), value))
    if isinstance(error, OperationFailed) and error.operation:
        see = f"qvdc operation show {error.operation}"
        console.print(Text.assemble(("  see ", "dim"), see))
    if todo := advice(error.reason, error.code):
        console.print(Text.assemble(("What to do: ", "bold"), todo))
    console.print(Text(f"Reason {error.reason} ({error.code})", style="dim"))
