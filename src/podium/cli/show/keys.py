"""Keys and budgets as people read them."""

from collections.abc import Iterator, Sequence
from typing import cast

from rich import box
from rich.markup import escape
from rich.table import Column, Table

from podium.cli.show.words import moment
from podium.cli.wire import Budget, Key

_LIMITS = {
    "rpm": "{:,} requests a minute",
    "tpm": "{:,} tokens a minute",
    "concurrent": "{:,} at the same time",
    "budget_day": "${:,.2f} a day",
    "budget_month": "${:,.2f} a month",
    "warn_day": "warned from ${:,.2f} a day",
    "warn_month": "warned from ${:,.2f} a month",
}


def table(keys: Sequence[Key]) -> Table:
    found = _table("Id", "Name", "Begins", "Team", "State", "Created", "Last used")
    for key in keys:
        found.add_row(
            key.id,
            escape(key.name),
            f"{key.hint}…",
            escape(key.team) or "-",
            _state(key),
            moment(key.created_at),
            moment(key.used_at),
        )
    return found


def lines(key: Key) -> Iterator[str]:
    """Everything about one."""
    yield f"[bold]{escape(key.name)}[/]  {key.id}  {key.hint}…  {_state(key)}"
    yield f"Owner     {key.owner}"
    yield f"Team      {escape(key.team) or '-'}"
    yield f"Models    {escape(', '.join(key.models)) or 'all'}"
    yield f"May       {', '.join(key.operations) or 'everything'}, {_REACH[key.reach]}"
    yield f"Limits    {'; '.join(_limits(key)) or 'none of its own'}"
    yield f"Created   {moment(key.created_at)}"
    yield f"Expires   {moment(key.expires_at)}"
    yield f"Last used {moment(key.used_at)}"
    if key.old_until is not None:
        yield f"The secret before works until {moment(key.old_until)}."


def budgets(found: Sequence[Budget]) -> Table:
    shown = _table("Of", "Period", "Spent", "Limit", "Left", "Warned from", "Begins anew")
    for one in found:
        shown.add_row(
            escape(one.of),
            one.period,
            _usd(one.spent),
            _usd(one.limit),
            _usd(one.left),
            f"[yellow]{_usd(one.warn)}, reached[/]" if one.warned else _usd(one.warn),
            moment(one.resets_at),
        )
    return shown


_REACH = {"all": "everywhere", "gateway": "at the gateway alone"}


def _table(*columns: str) -> Table:
    first, *others = columns
    # What is typed again is never cut short.
    whole = Column(first, no_wrap=True, min_width=30 if first == "Id" else None)
    return Table(whole, *others, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)


def _state(key: Key) -> str:
    return "[yellow]disabled[/]" if key.disabled_at is not None else "[green]active[/]"


def _limits(key: Key) -> Iterator[str]:
    for name, words in _LIMITS.items():
        value = cast("float | None", getattr(key.limits, name))
        if value is not None:
            yield words.format(value)


def _usd(amount: float | None) -> str:
    return "-" if amount is None else f"${amount:,.4f}"
