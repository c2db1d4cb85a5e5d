"""The one shape of a page: items and an opaque cursor to the next."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`next` is None on the last page; hand it back to get the page after this one."""

    items: tuple[T, ...]
    next: str | None = None

    def map(self, change: "Callable[[T], U]") -> "Page[U]":
        return Page(tuple(change(item) for item in self.items), self.next)
