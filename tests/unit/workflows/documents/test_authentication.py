"""What the linter says about how calls authenticate."""

import pytest
from tests.unit.workflows.documents.written import only, rules

GRANT = "{oauth2: {authority: 'http://a', grant: client_credentials, client: %s}}"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


def _call(authentication: str) -> str:
    uri = "uri: 'http://x'"
    endpoint = f"{{{uri}, authentication: {authentication}}}"
    return f"do:\n  - a: {{call: http, with: {{method: get, endpoint: {endpoint}}}}}\n"


@pytest.mark.parametrize(
    ("authentication", "rule"),
    [
        ("{oauth2: {authority: 'http://a', grant: authorization_code}}", "grant"),
        ("{oauth2: {authority: 'http://a', grant: client_credentials}}", "grant"),
        ("{oauth2: {authority: 'http://a', grant: refresh_token}}", "grant"),
        (f"{{oauth2: {{authority: 'http://a', grant: '{EXCHANGE}'}}}}", "grant"),
        ("{oidc: {grant: client_credentials, client: {id: a}}}", "grant"),
        ("{oauth2: {authority: 'http://a', client: {id: a}}}", "grant"),
        (GRANT % "{id: a, authentication: private_key_jwt}", "grant"),
        ("{use: '${ .which }'}", "authentication-name"),
        ("{basic: {use: '${ .which }'}}", "authentication-name"),
        ("{basic: {username: a, password: hunter2}}", "literal-secret"),
        ("{bearer: {token: t-1}}", "literal-secret"),
        (GRANT % "{id: a, secret: s}", "literal-secret"),
        ("{oidc: {authority: 'http://u:p@a', grant: client_credentials, client: {id: a}}}",
         "address-user"),
    ],
)  # fmt: skip
def test_what_cannot_work_or_should_not_be_written(authentication, rule):
    assert rules(_call(authentication)) == [rule]


@pytest.mark.parametrize(
    "authentication",
    [
        "{basic: {username: a, password: '${ .password }'}}",
        GRANT % "{id: a, secret: '${ .secret }'}",
        "{oauth2: {authority: 'http://a', grant: password, username: a, password: '${ .p }'}}",
        GRANT % "{id: a, authentication: private_key_jwt, assertion: '${ .jwt }'}",
    ],
)
def test_what_works_is_left_alone(authentication):
    assert rules(_call(authentication)) == []


def test_a_policy_of_use_is_looked_at_where_it_stands():
    found = only(
        """
        use:
          authentications:
            store: {bearer: {token: t-1}}
        do:
          - a: {call: http, with: {method: get, endpoint: {uri: 'http://x',
               authentication: {use: store}}}}
        """
    )
    assert found.path == "/use/authentications/store/bearer/token"
    assert "t-1" not in found.message
    assert found.severity == "warning"


def test_data_that_looks_like_an_authentication_is_none():
    assert not rules(
        """
        do:
          - a:
              call: http
              with:
                method: post
                endpoint: http://x
                body: {authentication: {bearer: {token: t-1}}, uri: 'http://u:p@x'}
          - b: {set: {authentication: {basic: {username: a, password: b}}}}
        """
    )


def test_an_address_holds_no_password():
    found = only(
        "do:\n  - a: {call: http, with: {method: get, endpoint: 'http://ann:pw@example.com/x'}}\n"
    )
    assert found.rule == "address-user"
    assert "ann" not in found.message
