"""Logs are events: one JSON line each on stderr, a dotted name and facts as fields."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, TextIO, cast

import structlog

Logger = structlog.stdlib.BoundLogger

_SECRET_WORDS = ("password", "secret", "token", "authorization", "api_key", "private_key")
_QUIET = ("httpx", "httpcore", "uvicorn.access", "asyncio", "grpc")


def configure(
    service: str, *, instance: str = "", level: str = "INFO", stream: TextIO | None = None
) -> None:
    """Send every log of this process, the standard library's too, to `stream` as JSON lines.

    Safe to repeat; the last call wins. Values of fields named like secrets are masked.

    Args:
        service: the process's name, a field of every line.
        instance: which copy it is, a field of every line when given.
        level: DEBUG, INFO, WARNING or ERROR.
        stream: where to write; stderr by default.
    """
    identity = {"service": service} | ({"instance": instance} if instance else {})
    shared: list[structlog.typing.Processor] = [
        _add_bound,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _adding(identity),
        _mask_secrets,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,  # first: a line nobody sees costs nothing more
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def get_logger(name: str) -> Logger:
    """Return the logger of a module: `log = get_logger(__name__)`."""
    return structlog.stdlib.get_logger(name)


class bound:  # noqa: N801 - read as a word: with bound(request_id=...)
    """Add `facts` to every line logged inside, across awaits of the same task.

    It is on the way of every call, so it sets one variable and is no generator.
    """

    __slots__ = ("_before", "_facts")

    def __init__(self, **facts: object) -> None:
        self._facts = facts

    def __enter__(self) -> None:
        self._before = _bound.set({**_bound.get(), **self._facts})

    def __exit__(self, *_: object) -> None:
        _bound.reset(self._before)


_bound: ContextVar[Mapping[str, object]] = ContextVar("bound", default=MappingProxyType({}))


def _add_bound(_: object, __: str, event: MutableMapping[str, object]) -> Any:
    for name, fact in _bound.get().items():
        event.setdefault(name, fact)
    return event


def _adding(identity: dict[str, str]) -> structlog.typing.Processor:
    def add(_: object, __: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
        event.update(identity)
        return event

    return cast(structlog.typing.Processor, add)


def _mask_secrets(
    _: object, __: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    for key in event:
        if any(word in key.lower() for word in _SECRET_WORDS):
            event[key] = "***"
    return event
