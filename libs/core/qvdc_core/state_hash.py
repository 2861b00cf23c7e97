"""The hash by which two sides tell whether they see the same (HB-3).

Whoever observes things and whoever keeps those observations each compute it from what they hold;
equal hashes mean equal views, and a difference asks for everything to be told again.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SeenItem:
    """One thing as it was seen.

    Args:
        id: of the thing; without white space.
        state: a word of the contract, such as RUNNING; without white space.
        change_count: counts the changes that were seen of it; late news has a lower one.
    """

    id: str
    state: str
    change_count: int


def state_hash(items: Iterable[SeenItem]) -> str:
    """Return the hash of `items` in any order: SHA-256, lower-case hex.

    Canonical form: for each item the line `<id> <state> <change count>\\n` in UTF-8, the lines
    sorted by their bytes. Nothing at all has the hash of no bytes.

    Raises:
        ValueError: an id or a state is empty or holds white space.
    """
    return hashlib.sha256(b"".join(sorted(map(_line, items)))).hexdigest()


def _line(item: SeenItem) -> bytes:
    if len(item.id.split()) != 1 or len(item.state.split()) != 1:
        raise ValueError(f"neither id nor state may be empty or hold white space: {item}")
    return f"{item.id} {item.state} {item.change_count}\n".encode()
