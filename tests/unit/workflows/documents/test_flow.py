from tests.unit.workflows.documents.written import findings, only, rules


def test_a_target_that_no_sibling_has_is_refused_with_the_nearest():
    found = only("do:\n  - first: {set: {x: 1}, then: lst}\n  - last: {set: {x: 1}}")
    assert found.rule == "unknown-target"
    assert 'Did you mean "last"?' in found.message
    assert found.path == "/do/0/first/then"


def test_a_target_in_another_list_is_unknown():
    body = """
    do:
      - outer:
          do:
            - inner: {set: {x: 1}, then: next}
      - next: {set: {x: 1}}
    """
    assert rules(body) == ["unknown-target"]


def test_directives_and_siblings_are_targets_also_in_switch_and_catch():
    body = """
    do:
      - choose:
          switch:
            - high: {when: .x > 1, then: risky}
            - other: {then: end}
      - risky:
          try: [{a: {set: {x: 1}, then: exit}}]
          catch: {as: e, then: last}
      - last: {set: {x: 1}, then: continue}
    """
    assert findings(body) == ()


def test_duplicate_names_in_one_list_are_refused_and_in_two_lists_allowed():
    assert rules("do:\n  - a: {set: {x: 1}}\n  - a: {set: {x: 1}}") == ["duplicate-task"]
    assert rules("do:\n  - a: {do: [{a: {set: {x: 1}}}]}") == []


def test_a_task_may_not_be_named_like_a_directive():
    assert rules("do:\n  - end: {set: {x: 1}}") == ["reserved-name"]


def test_an_empty_catch_is_refused():
    assert rules("do:\n  - a: {try: [{b: {set: {x: 1}}}], catch: {}}") == ["empty-catch"]


def test_a_switch_without_default_is_a_warning():
    found = only("do:\n  - a:\n      switch: [{x: {when: .y, then: end}}]")
    assert (found.rule, found.severity) == ("switch-without-default", "warning")


def test_a_case_after_the_default_is_never_reached():
    body = "do:\n  - a:\n      switch: [{x: {then: end}}, {y: {when: .y, then: end}}]"
    assert only(body).rule == "unreachable-case"


def test_tasks_after_an_end_are_never_reached():
    body = """
    do:
      - a: {set: {x: 1}, then: end}
      - b: {set: {x: 1}}
      - c: {set: {x: 1}}
    """
    assert rules(body) == ["unreachable-task", "unreachable-task"]


def test_a_condition_a_jump_and_a_loop_keep_tasks_within_reach():
    body = """
    do:
      - a: {if: .x, set: {x: 1}, then: end}
      - b: {set: {x: 1}, then: d}
      - c: {set: {x: 1}, then: end}
      - d: {set: {x: 1}, then: c}
    """
    assert rules(body) == []


def test_after_a_raise_nothing_follows_of_itself():
    body = """
    do:
      - a: {raise: {error: {type: 'https://x.example/e', status: 500}}}
      - b: {set: {x: 1}}
    """
    assert rules(body) == ["unreachable-task"]


def test_branches_have_no_order_and_no_targets():
    body = """
    do:
      - a:
          fork:
            branches:
              - one: {set: {x: 1}, then: two}
              - two: {set: {x: 1}, then: exit}
    """
    assert rules(body) == ["unknown-target"]


def test_two_cases_of_a_switch_have_different_names():
    body = "do:\n  - a:\n      switch: [{x: {when: .y, then: end}}, {x: {then: end}}]"
    assert rules(body) == ["duplicate-case"]


def test_a_loop_that_nothing_leads_out_of_is_a_warning():
    body = """
    do:
      - a: {wait: PT1S}
      - b: {wait: PT1S, then: a}
    """
    found = only(body)
    assert (found.rule, found.severity) == ("endless-loop", "warning")
    assert "'a' → 'b'" in found.message


def test_a_way_out_of_a_loop_may_be_a_case_a_condition_or_an_end_inside():
    for out in (
        "{switch: [{done: {when: .x, then: exit}}, {more: {then: a}}]}",
        "{if: .x, set: {x: 1}, then: a}",
        "{do: [{c: {set: {x: 1}, then: end}}], then: a}",
        "{do: [{c: {raise: {error: {type: 'https://x.example/e', status: 500}}}}], then: a}",
    ):
        assert rules(f"do:\n  - a: {{wait: PT1S}}\n  - b: {out}") == [], out
