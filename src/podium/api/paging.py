"""The one shape of a list on the wire."""

from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

T = TypeVar("T")

Cursor = Annotated[
    str | None,
    Query(max_length=1000, description="`next` of the page before; leave it out for the first."),
]
Limit = Annotated[int, Query(ge=1, le=200, description="Most items on a page.")]


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: str | None = Field(
        default=None, description="Cursor of the page after this; null on the last."
    )
