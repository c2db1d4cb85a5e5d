import pytest
from tests.unit.workflows.documents.written import HEAD, findings, only, rules

from podium.workflows.documents.check import check
from podium.workflows.documents.yaml import load


def test_a_function_of_the_catalog_is_found_by_name_and_by_version():
    for name in ("llm", "llm:1.0.0", "llm:1.0.0@default"):
        assert rules(f"do:\n  - a: {{call: '{name}', with: {{prompt: hello}}}}") == []


def test_a_function_of_the_document_comes_before_the_catalog():
    body = """
    use: {functions: {llm: {set: {x: 1}}}}
    do: [{a: {call: llm, with: {anything: 1}}}]
    """
    assert findings(body) == ()


def test_an_unknown_function_is_refused_with_the_nearest():
    found = only("do:\n  - a: {call: lllm}")
    assert found.rule == "unknown-function"
    assert 'Did you mean "llm"?' in found.message


def test_a_function_of_the_catalog_has_the_version_that_there_is():
    source = load(f"{HEAD}do:\n  - a: {{call: 'llm:2.0.0@default'}}", name="x")
    (found,) = check(source, {"llm": {}, "llm:1.0.0": {}})
    assert found.rule == "unknown-function"
    assert "It has 'llm:1.0.0'." in found.message


def test_functions_of_other_places_are_fetched_when_the_document_is_stored():
    body = """
    use: {catalogs: {mine: {endpoint: https://example.com/catalog}}}
    do:
      - a: {call: https://example.com/f.yaml, with: {x: 1}}
      - b: {call: log:1.0.0@mine}
    """
    assert findings(body) == ()


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("ftp://example.com/f.yaml", "function-address"),
        ("https://example.com/{which}.yaml", "function-address"),
        ("log:1.0.0@mine", "unknown-catalog"),
    ],
)
def test_what_cannot_be_fetched_is_refused(name: str, rule: str):
    assert rules(f"do:\n  - a: {{call: '{name}'}}") == [rule]


@pytest.mark.parametrize(
    ("endpoint", "severity"),
    [("'ftp://x.example/s'", "error"), ("'${ .x }'", "error"), ("schema/s.yaml", "warning")],
)
def test_a_schema_is_fetched_from_a_whole_address(endpoint: str, severity: str):
    found = only(f"input: {{schema: {{resource: {{endpoint: {endpoint}}}}}}}\ndo: []")
    assert (found.rule, found.severity) == ("schema-address", severity)


def test_a_catalog_needs_a_whole_address_and_one_named_default_is_told_what_it_does():
    body = "use: {catalogs: {default: {endpoint: 'a b'}}}\ndo:\n  - a: {call: 'llm:1.0.0'}"
    assert rules(body) == ["schema/pattern"]
    body = "use: {catalogs: {default: {endpoint: a}}}\ndo:\n  - a: {call: 'llm:1.0.0'}"
    assert sorted(rules(body)) == ["catalog-address", "default-catalog"]


def test_functions_that_call_each_other_in_a_circle_are_refused():
    body = """
    use:
      functions:
        a: {do: [{x: {call: b}}]}
        b: {try: [{y: {call: c}}], catch: {do: [{z: {set: {x: 1}}}]}}
        c: {call: a}
    do: [{start: {call: a}}]
    """
    found = only(body)
    assert found.rule == "function-circle"
    assert "a → b → c → a" in found.message or "b → c → a → b" in found.message
    assert "→" in found.message
    assert rules("use: {functions: {a: {call: a}}}\ndo: [{b: {call: a}}]") == ["function-circle"]


def test_functions_that_lead_deep_into_each_other_are_refused():
    def chain(length: int) -> str:
        calls = "".join(f"f{n}: {{call: f{n + 1}}}, " for n in range(length - 1))
        last = f"f{length - 1}: {{set: {{x: 1}}}}"
        return f"use: {{functions: {{{calls}{last}}}}}\ndo:\n  - a: {{call: f0}}"

    assert rules(chain(16)) == []
    found = only(chain(17))
    assert found.rule == "function-depth"
    assert "'f0'" in found.message
    assert "function-depth" in rules(chain(3_000))


def test_functions_may_call_one_function_twice():
    body = """
    use: {functions: {a: {do: [{x: {call: b}}, {y: {call: b}}]}, b: {set: {x: 1}}}}
    do: [{start: {call: a}}]
    """
    assert findings(body) == ()


def test_extensions_have_different_names_and_do_something():
    body = """
    use:
      extensions:
        - e: {extend: all, before: [{a: {set: {x: 1}}}]}
        - e: {extend: set}
    do: []
    """
    assert sorted(rules(body)) == ["duplicate-extension", "empty-extension"]


def test_tasks_of_an_extension_are_checked_like_others():
    body = """
    use:
      extensions:
        - e:
            extend: call
            when: $task.call == "llm" and
            before: [{a: {set: {x: 1}, then: nowhere}}]
            after: [{b: {set: {x: '${ $output }'}}}]
    do: []
    """
    assert sorted(rules(body)) == ["expression", "unknown-target"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("{}", "'prompt' is missing"),
        ("{prompt: 5}", "'prompt' 5"),
        ("{prompt: hi}", "'prompt'"),
        ("{prompt: hello, temperature: 3}", "'temperature' 3"),
        ("{prompt: hello, promt: x}", 'Did you mean "prompt"?'),
        ("{prompt: hello, mode: slow}", "'mode'"),
    ],
)
def test_literal_arguments_have_to_fit(arguments: str, words: str):
    found = only(f"do:\n  - a: {{call: llm, with: {arguments}}}")
    assert found.rule == "argument"
    assert words in found.message


def test_expressions_fit_everywhere():
    arguments = "{prompt: '${ .p }', temperature: '${ .t }', mode: '${ .m }'}"
    assert rules(f"do:\n  - a: {{call: llm, with: {arguments}}}") == []


def test_the_arguments_of_a_function_of_the_document_are_checked_too():
    body = """
    use:
      functions:
        greet:
          input: {schema: {document: {type: object, required: [name]}}}
          set: {x: 1}
    do: [{a: {call: greet, with: {}}}]
    """
    assert only(body).rule == "argument"


@pytest.mark.parametrize(
    ("task", "rule"),
    [
        ("{raise: {error: gone}}", "unknown-error"),
        ("{try: [], catch: {retry: gone}}", "unknown-retry"),
        ("{set: {x: 1}, timeout: gone}", "unknown-timeout"),
        (
            (
                "{call: http, with: {method: get, endpoint: {uri: 'http://x', "
                "authentication: {use: gone}}}}"
            ),
            "unknown-authentication",
        ),
        (
            (
                "{call: http, with: {method: get, endpoint: {uri: 'http://x', "
                "authentication: {basic: {use: gone}}}}}"
            ),
            "unknown-secret",
        ),
    ],
)
def test_a_name_that_use_does_not_have_is_refused(task: str, rule: str):
    assert rules(f"do:\n  - a: {task}") == [rule]


def test_what_is_defined_and_never_used_is_a_warning():
    body = """
    use:
      errors: {e: {type: 'https://x.example/e', status: 500}}
      retries: {r: {limit: {attempt: {count: 1}}}}
      timeouts: {t: {after: PT1S}}
      functions: {f: {set: {x: 1}}}
      authentications: {a: {bearer: {token: '${ .t }'}}}
      secrets: [s]
      catalogs: {c: {endpoint: https://example.com}}
    do: []
    """
    assert sorted(rules(body)) == [
        "unused-authentication",
        "unused-catalog",
        "unused-error",
        "unused-function",
        "unused-retry",
        "unused-secret",
        "unused-timeout",
    ]


def test_what_is_used_is_no_warning():
    body = """
    timeout: t
    use:
      errors: {e: {type: 'https://x.example/e', status: 500}}
      retries: {r: {limit: {attempt: {count: 1}}}}
      timeouts: {t: {after: PT1S}}
      functions: {f: {set: {x: 1}}}
      authentications: {a: {bearer: {use: s}}}
      secrets: [s]
    do:
      - a: {call: f}
      - b:
          try:
            - c:
                call: http
                with: {method: get, endpoint: {uri: 'http://x', authentication: {use: a}}}
          catch: {retry: r}
      - d: {raise: {error: e}}
    """
    assert findings(body) == ()


def test_a_workflow_that_runs_itself_is_a_warning():
    run = "{run: {workflow: {namespace: tests, name: NAME, version: latest}}}"
    found = only(f"do:\n  - a: {run.replace('NAME', 'flow')}")
    assert (found.rule, found.severity) == ("self-run", "warning")
    assert rules(f"do:\n  - a: {run.replace('NAME', 'other')}") == []
