"""Joining pages that several services give in the same order, newest first."""

import base64
import binascii
import heapq
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from qvdc_core.errors import InvalidField

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far the list of one service was told.

    Args:
        token: its own page token of the page to ask for.
        skip: items of that page that were told already.
    """

    token: str = ""
    skip: int = 0


@dataclass(frozen=True, slots=True)
class ServicePage(Generic[Item]):
    """A page as one service gave it."""

    items: Sequence[Item]
    next_token: str


@dataclass(frozen=True, slots=True)
class JoinedPage(Generic[Item]):
    """A page of all services together; no cursors: nothing is left."""

    items: list[Item] = field(default_factory=list)
    cursors: dict[str, Cursor] = field(default_factory=dict)


def join(
    pages: Mapping[str, ServicePage[Item]],
    cursors: Mapping[str, Cursor],
    *,
    size: int,
    newest_first: Callable[[Item], Any],
) -> JoinedPage[Item]:
    """Merge pages, each fetched from its service's cursor, into one of at most `size` items.

    The page ends early where a service's page is used up and has a successor: what follows in it
    may belong before what the others still have. It is empty only at the end of everything.

    Args:
        newest_first: a key that is smaller for what comes first.
    """
    waiting = {
        name: list(page.items)[cursors.get(name, Cursor()).skip :] for name, page in pages.items()
    }
    told = dict.fromkeys(pages, 0)
    heap = [(newest_first(items[0]), name) for name, items in waiting.items() if items]
    heapq.heapify(heap)
    joined: list[Item] = []
    while heap and len(joined) < size:
        _, name = heapq.heappop(heap)
        joined.append(waiting[name][told[name]])
        told[name] += 1
        if told[name] < len(waiting[name]):
            heapq.heappush(heap, (newest_first(waiting[name][told[name]]), name))
        elif pages[name].next_token:
            break
    after = {name: _after(pages[name], cursors.get(name, Cursor()), told[name]) for name in pages}
    return JoinedPage(joined, {name: each for name, each in after.items() if each is not None})


def _after(page: ServicePage[Item], cursor: Cursor, told: int) -> Cursor | None:
    """Where the service's list goes on; None at its end."""
    if cursor.skip + told < len(page.items):
        return Cursor(cursor.token, cursor.skip + told)
    return Cursor(page.next_token) if page.next_token else None


def to_token(cursors: Mapping[str, Cursor]) -> str:
    """Write cursors as an opaque token; empty when there are none."""
    if not cursors:
        return ""
    plain = {name: [each.token, each.skip] for name, each in sorted(cursors.items())}
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode()


def from_token(token: str) -> dict[str, Cursor]:
    """Read a token that `to_token` wrote; empty for an empty one.

    Raises:
        InvalidField: it is none of ours.
    """
    if not token:
        return {}
    try:
        plain = json.loads(base64.urlsafe_b64decode(token))
        return {str(name): Cursor(str(each[0]), int(each[1])) for name, each in plain.items()}
    except (ValueError, binascii.Error, AttributeError, TypeError, IndexError) as error:
        raise InvalidField("page_token", "is not a token of this list") from error


def to_resume_token(tokens: Mapping[str, str]) -> str:
    """Write the resume tokens of several streams as one."""
    return to_token({name: Cursor(token) for name, token in tokens.items()})


def from_resume_token(token: str) -> dict[str, str]:
    """Read what `to_resume_token` wrote.

    Raises:
        InvalidField: it is none of ours.
    """
    return {name: cursor.token for name, cursor in from_token(token).items()}
