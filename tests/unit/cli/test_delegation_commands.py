"""Votes on the command line, and who gives them for whom."""

from pathlib import Path

from tests.unit.cli.fake_server import FakePodium
from tests.unit.cli.test_commands import _APPROVAL, _shell


def test_votes_and_what_an_edit_changed_are_shown(tmp_path: Path):
    vote = {"by": "user_a", "on_behalf_of": "user_b", "status": "approved", "at": 0.0}
    change = {"path": "/amount", "kind": "changed", "before": 436, "after": 1}
    more = {"votes": [{**vote, "comment": "ok"}], "changes": [change], "missing": 2}
    with _shell(FakePodium(approvals={"appr_1": {**_APPROVAL, **more}}), tmp_path) as podium:
        shown = podium("approvals", "show", "appr_1").stdout
    assert 'approved by user_a for user_b: "ok"' in shown
    assert "/amount: 436 → 1" in shown
    assert "2 people" in shown


def test_votes_are_handed_over_for_a_time(tmp_path: Path):
    fake = FakePodium()
    with _shell(fake, tmp_path) as podium:
        given = podium("delegations", "give", "user_b", "--for", "2d")
        listed = podium("delegations", "list")
        over = podium("delegations", "revoke", "dele_1")
        wrong = podium("delegations", "give", "user_b", "--for", "soon")
    assert "user_b votes for you on everything until" in given.stdout
    assert fake.wishes == [{"delegate": "user_b", "seconds": 172_800.0, "approval": None}]
    assert "dele_1" in listed.stdout
    assert "dele_1 is over" in over.stdout
    assert "--for needs a duration such as 7d" in wrong.stderr
