"""One statement, its parameters by name, and nothing that hides in quotes."""

import pytest

from podium.integrations.connections import Connections
from podium.integrations.statements import parse
from podium.kernel.errors import Invalid, NotFound


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("select :a, :b_2, :a", ("a", "b_2", "a")),
        ("select ':no', \":no\", `:no`, x::int, $$:no;$$, $t$ ; $t$ where y = :yes", ("yes",)),
        ("select 'it''s; :no' -- :no ; 'open\n, :yes /* :no ; ' */ ;", ("yes",)),
        ("select arr[1:2], '12:30'", ()),
        ("  select 1 ; -- done\n ; ", ()),
    ],
)
def test_parameters_are_found_outside_quotes_and_comments(text: str, names: tuple[str, ...]):
    parsed = parse(text)
    assert parsed.names == names
    assert len(parsed.pieces) == len(names) + 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select 1; select 2", "Several statements"),
        ("select 1; /* x */ drop table t", "Several statements"),
        ("select ';'; delete from t where a = :a", "Several statements"),
        ("select 'open", "does not end"),
        ("select /* open", "does not end"),
        ("select $$ open", "does not end"),
        (r"select 'a\' ; drop table t; --'", "as a parameter"),
        ("  ;  ", "empty"),
        ("", "empty"),
    ],
)
def test_what_is_not_one_clear_statement_is_refused(text: str, message: str):
    with pytest.raises(Invalid, match=message):
        _ = parse(text)


def test_an_unknown_connection_is_answered_with_one_that_looks_alike():
    with pytest.raises(NotFound, match="There is none yet"):
        _ = Connections({}).get("bank")
