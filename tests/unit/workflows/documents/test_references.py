import pytest
from tests.unit.workflows.documents.written import findings, only, rules


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


@pytest.mark.parametrize("name", ["https://example.com/f.yaml", "log:1.0.0@mine"])
def test_functions_from_elsewhere_are_not_fetched(name: str):
    assert rules(f"do:\n  - a: {{call: '{name}'}}") == ["unsupported"]


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
      authentications: {a: {bearer: {token: x}}}
      secrets: [s]
    do: []
    """
    assert sorted(rules(body)) == [
        "unused-authentication",
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
