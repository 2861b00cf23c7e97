"""Pages of lists."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from qvdc_core.errors import InvalidField

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for.

    Args:
        size: items wanted, 1 to 1,000.
        token: `next_token` of the page before; "" for the first.
    """

    size: int = DEFAULT_PAGE_SIZE
    token: str = ""

    @classmethod
    def of(cls, page_size: int, page_token: str) -> "PageRequest":
        """Read what a list request carries: 0 means 50, more than 1,000 means 1,000.

        Raises:
            InvalidField: `page_size` is negative.
        """
        if page_size < 0:
            raise InvalidField("page_size", "must not be negative")
        return cls(min(page_size or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE), page_token)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page; an empty `next_token` is the only end."""

    items: tuple[T, ...]
    next_token: str = ""
