"""What podium.yaml says of masking, and what it means."""

from pathlib import Path

import pytest

from podium.governance.masking.classes import DataClass
from podium.governance.masking.policy import Treatment
from podium.kernel.errors import Invalid
from podium.settings import Settings, load
from podium.settings.masking import own_entities, policies

HEAD = "version: 1\nmodels:\n  m: {provider: openai}\nroutes:\n"


def settings(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "podium.yaml"
    _ = file.write_text(text, "utf-8")
    return load(file, {})


def policies_of(found: Settings):
    return policies(found.masking, {name: one.masking for name, one in found.routes.items()})


def test_where_nothing_is_said_keys_in_clear_are_pseudonymised(tmp_path: Path):
    policy = policies_of(settings(tmp_path, "version: 1\n")).of("ws_1", "m")
    assert policy.requests == {DataClass.SECRET: Treatment.PSEUDONYMISE}
    assert policy.quick


def test_a_route_stands_above_its_workspace_and_that_above_all(tmp_path: Path):
    found = settings(
        tmp_path,
        HEAD
        + "  loose: {targets: [m], masking: {requests: {secret: allow, pii: mask}}}\n"
        + "  plain: {targets: [m]}\n"
        + "masking:\n"
        + "  requests: {pii: pseudonymise, phi: restrict}\n"
        + "  answers: {secret: mask}\n"
        + "  regions: {phi: eu}\n"
        + "  entities: {staff: {data_class: internal, pattern: 'E-[0-9]+'}}\n"
        + "  workspaces: {ws_2: {requests: {pii: block}}}\n",
    )
    made = policies_of(found)
    plain, loose = made.of("ws_1", "plain"), made.of("ws_2", "loose")
    assert plain is made.of("ws_1", "other")
    assert not plain.quick
    assert plain.requests == {
        DataClass.SECRET: Treatment.PSEUDONYMISE,
        DataClass.PII: Treatment.PSEUDONYMISE,
        DataClass.PHI: Treatment.RESTRICT,
    }
    assert made.of("ws_2", "plain").requests[DataClass.PII] is Treatment.BLOCK
    assert loose.requests[DataClass.PII] is Treatment.MASK
    assert loose.requests[DataClass.SECRET] is Treatment.ALLOW
    assert loose.answers == {DataClass.SECRET: Treatment.MASK}
    assert loose is made.of("ws_2", "loose")
    assert [one.kind for one in own_entities(found.masking)] == ["staff"]


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("entities: {email: {data_class: pii, words: [a]}}", "has a kind 'email'"),
        ("entities: {staff: {data_class: pii}}", "a pattern or words"),
        ("entities: {staff: {data_class: pii, pattern: 'a(?=b)'}}", "RE2"),
        ("entities: {Staff: {data_class: pii, words: [a]}}", "Staff"),
        ("answers: {pii: pseudonymise}", "pseudonymise"),
        ("requests: {pii: hide}", "hide"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(tmp_path: Path, section: str, said: str):
    with pytest.raises(Invalid) as caught:
        _ = settings(tmp_path, f"version: 1\nmasking:\n  {section}\n")
    assert said in str([problem.message for problem in caught.value.problems])
