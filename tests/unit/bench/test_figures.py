"""What the rounds of `make bench-workflows` say together, and what the page makes of it."""

from pathlib import Path
from typing import Any

from bench.drivers.contract import Tally
from bench.figures import COLUMNS, best, cell, quantile
from bench.page import BEGIN, END, text, write
from bench.peers import PEERS

COLUMN = {column.title: column for column in COLUMNS}
P50, RATE = COLUMN["(a) one at a time, p50"], COLUMN["(b) 50 at once"]
OWN = next(peer for peer in PEERS if peer.name == "podium, SQLite")
DBOS = next(peer for peer in PEERS if peer.name == "DBOS, SQLite")
GRAPH = next(peer for peer in PEERS if peer.name == "LangGraph, SQLite, graph")
RESTATE = next(peer for peer in PEERS if peer.name == "Restate, RocksDB")


def _round(ms: float, rate: float) -> dict[str, Any]:
    return {
        "sequential": {"ms": [ms, ms, ms], "runs": 3, "cpu_seconds": 0.003},
        "many": {"runs_per_second": rate, "runs": 10, "cpu_seconds": 0.02},
    }


def _found(peers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "date": "2026-11-22",
        "minutes": 1.0,
        "machine": {"processor": "one"},
        "load": [0.1],
        "synchronous": "normal",
        "rounds": 2,
        "scenarios": {"sequential": {"runs": 100}, "idle": {"seconds": 5}},
        "peers": peers,
        "waiting": {},
    }


def test_a_quantile_is_one_of_the_values() -> None:
    hundred = [float(n) for n in range(100)]
    assert quantile(hundred, 0.5) == 50
    assert quantile(hundred, 0.99) == 99
    assert quantile([7.0], 0.99) == 7


def test_a_ratio_is_made_within_a_round_and_says_how_many_times_better_podium_is() -> None:
    own = [_round(1, 100), _round(10, 10), _round(2, 50)]
    peer = [_round(3, 50), _round(20, 2), _round(4, 25)]
    # Per round 3, 2 and 2: the median of the ratios is not the ratio of the medians, 4 / 2.
    assert cell(P50, peer, own).ratio == 2
    assert cell(P50, peer, own).value == 4
    assert cell(RATE, peer, own).ratio == 2


def test_a_scenario_that_failed_has_no_figure_but_a_reason() -> None:
    failed = [{"sequential": {"failed": "it was not done after 9 s"}}]
    seen = cell(P50, failed, [_round(1, 1)])
    assert (seen.value, seen.ratio) == (None, None)
    page = text(
        _found({OWN.name: {"rounds": [_round(1, 1)]}, DBOS.name: {"rounds": failed}}), [OWN, DBOS]
    )
    assert f"- {DBOS.name}: sequential: it was not done after 9 s" in page


def test_a_round_that_only_one_took_part_in_makes_no_ratio() -> None:
    own = [{"sequential": {"failed": "busy"}}, _round(1, 1)]
    assert cell(P50, [_round(9, 1), _round(3, 1)], own).ratio == 3


def test_the_best_peer_is_the_one_on_the_same_database_that_podium_beats_by_least() -> None:
    rounds = {
        OWN: [_round(2, 10)],
        DBOS: [_round(8, 10)],
        GRAPH: [_round(3, 10)],
        RESTATE: [_round(1, 10)],
    }
    found = best(P50, OWN, rounds)
    assert found is not None
    assert (found.peer.name, found.cell.ratio) == (GRAPH.name, 1.5)


def test_a_peer_that_is_not_durable_is_no_rival() -> None:
    weaker = next(peer for peer in PEERS if not peer.is_durable and peer.database == "sqlite")
    found = best(P50, OWN, {OWN: [_round(2, 10)], weaker: [_round(1, 10)], DBOS: [_round(6, 10)]})
    assert found is not None
    assert found.peer is DBOS


def test_the_page_says_yes_and_no_to_the_goals_and_why_a_peer_is_missing() -> None:
    peers = [OWN, DBOS, GRAPH]
    found = _found(
        {
            OWN.name: {"rounds": [_round(2, 100)]},
            DBOS.name: {"rounds": [_round(5, 60)]},
            GRAPH.name: {"rounds": [], "failed": "DriverError: it ended with 1"},
        }
    )
    page = text(found, peers)
    assert f"2.50 times ({DBOS.name}) | yes" in page
    assert f"1.67 times ({DBOS.name}) | **no**" in page
    assert f"- {GRAPH.name}: DriverError: it ended with 1" in page
    assert "- at most so many runs in a round: sequential 100\n" in page


def test_only_what_stands_between_the_marks_is_written_anew(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    _ = readme.write_text(f"before\n{BEGIN}\nold figures\n{END}\nafter\n", "utf-8")
    write(readme, _found({OWN.name: {"rounds": [_round(2, 100)]}}), [OWN])
    written = readme.read_text("utf-8")
    assert written.startswith(f"before\n{BEGIN}\n")
    assert written.endswith(f"{END}\nafter\n")
    assert "old figures" not in written
    assert "2.00" in written


def test_every_peer_names_a_line_of_podium_on_which_it_can_be_measured() -> None:
    names = {peer.name for peer in PEERS}
    assert len(names) == len(PEERS)
    assert {peer.against for peer in PEERS} == {peer.name for peer in PEERS if peer.is_podium}


def test_the_effect_counts_and_notes_its_first_time_since_it_was_armed() -> None:
    tally = Tally()
    assert [tally(4), tally(9)] == [5, 10]
    first = tally.first
    assert tally.count == 2
    assert first is not None
    tally.arm()
    assert tally.first is None
    _ = tally(0)
    assert tally.first is not None
    assert tally.first > first
