Feature: Definitions that are used again

  Scenario: An authentication is used by its name
    Given the secret door is:
    """yaml
    '{"username": "ann", "password": "pass-of-ann"}'
    """
    And the service at https://shop.example answers:
    """yaml
    - {body: {fine: true}}
    """
    And a workflow with:
    """yaml
    use: {secrets: [door], authentications: {shop: {basic: {use: door}}}}
    do:
      - ask: {call: http, with: {method: get, endpoint: {uri: 'https://shop.example/a', authentication: {use: shop}}}}
    """
    When the workflow is executed
    Then the last request to https://shop.example should have had:
    """yaml
    headers: {authorization: Basic YW5uOnBhc3Mtb2YtYW5u}
    """

  Scenario: A bearer token is used by its name
    Given the secret token is:
    """yaml
    token-of-ann
    """
    And the service at https://shop.example answers:
    """yaml
    - {body: {fine: true}}
    """
    And a workflow with:
    """yaml
    use: {secrets: [token], authentications: {shop: {bearer: {use: token}}}}
    do:
      - ask: {call: http, with: {method: get, endpoint: {uri: 'https://shop.example/a', authentication: {use: shop}}}}
    """
    When the workflow is executed
    Then the last request to https://shop.example should have had:
    """yaml
    headers: {authorization: Bearer token-of-ann}
    """
    And 'token-of-ann' should be nowhere in what is stored and shown

  Scenario: An error is raised by its name
    Given a workflow with:
    """yaml
    use: {errors: {empty: {type: 'https://shop.example/errors/empty', status: 409, title: Empty, detail: '${ "no \(.what)" }'}}}
    do:
      - stop: {raise: {error: empty}}
    """
    And the workflow input is:
    """yaml
    what: apples
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    {type: 'https://shop.example/errors/empty', status: 409, title: Empty, detail: no apples, instance: /do/0/stop}
    """

  Scenario: A retry is used by its name
    Given a workflow with:
    """yaml
    use: {retries: {thrice: {delay: PT10S, limit: {attempt: {count: 3}}}}}
    do:
      - attempt:
          try: [{risky: {call: flaky, with: {name: a, ok_at: 3}}}]
          catch: {retry: thrice}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    3
    """
    And the workflow should have taken 20 seconds

  Scenario: Two tasks that use one retry count their attempts each for itself
    Given a workflow with:
    """yaml
    use: {retries: {once: {delay: PT1S, limit: {attempt: {count: 1}}}}}
    do:
      - first: {try: [{a: {call: flaky, with: {name: a, ok_at: 2}}}], catch: {retry: once}}
      - second: {try: [{b: {call: flaky, with: {name: b, ok_at: 2}}}], catch: {retry: once}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    2
    """

  Scenario: A timeout is used by its name
    Given a workflow with:
    """yaml
    use: {timeouts: {short: {after: PT5S}}}
    do:
      - attempt:
          try: [{nap: {wait: PT1H, timeout: short}}]
          catch:
            errors: {with: {type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout}}
            do: [{give: {set: {late: true}}}]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    late: true
    """
    And the workflow should have taken 5 seconds

  Scenario: A timeout of the whole workflow is used by its name
    Given a workflow with:
    """yaml
    use: {timeouts: {short: {after: PT5S}}}
    timeout: short
    do:
      - nap: {wait: PT1H}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout', status: 408}
    """
    And the workflow should have taken 5 seconds
