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

  Scenario: A token is fetched once for two calls that use one authentication
    Given the secret word is:
    """yaml
    word-of-the-client
    """
    And the service at https://login.example answers:
    """yaml
    - {body: {access_token: token-of-the-client, token_type: Bearer, expires_in: 3600}}
    """
    And the service at https://shop.example answers:
    """yaml
    - {body: {fine: true}}
    """
    And a workflow with:
    """yaml
    use:
      secrets: [word]
      authentications:
        login:
          oauth2:
            authority: https://login.example
            endpoints: {token: /token}
            grant: client_credentials
            client: {id: podium, secret: '${ $secrets.word }', authentication: client_secret_post}
    do:
      - one: {call: http, with: {method: get, endpoint: {uri: 'https://shop.example/a', authentication: {use: login}}}}
      - two: {call: http, with: {method: get, endpoint: {uri: 'https://shop.example/b', authentication: {use: login}}}}
    """
    When the workflow is executed
    Then the last request to https://shop.example should have had:
    """yaml
    headers: {authorization: Bearer token-of-the-client}
    """
    And the last request to https://login.example should have had:
    """yaml
    {method: POST, url: 'https://login.example/token', body: grant_type=client_credentials&client_id=podium&client_secret=word-of-the-client}
    """
    And the service at https://login.example should have been asked 1 time
    And 'token-of-the-client' should be nowhere in what is stored and shown
    And 'word-of-the-client' should be nowhere in what is stored and shown

  Scenario: A token that has expired is fetched anew
    Given the secret word is:
    """yaml
    word-of-the-client
    """
    And the service at https://login.example answers:
    """yaml
    - {body: {access_token: first-token, token_type: Bearer, expires_in: 600}}
    - {body: {access_token: second-token, token_type: Bearer, expires_in: 600}}
    """
    And the service at https://shop.example answers:
    """yaml
    - {body: {fine: true}}
    """
    And a workflow with:
    """yaml
    use:
      secrets: [word]
      authentications:
        login:
          oauth2:
            authority: https://login.example
            endpoints: {token: /token}
            grant: client_credentials
            client: {id: podium, secret: '${ $secrets.word }'}
    do:
      - one: {call: http, with: {method: get, endpoint: {uri: 'https://shop.example/a', authentication: {use: login}}}}
      - nap: {wait: PT1H}
      - two: {call: http, with: {method: get, endpoint: {uri: 'https://shop.example/b', authentication: {use: login}}}}
    """
    When the workflow is executed
    Then the last request to https://shop.example should have had:
    """yaml
    headers: {authorization: Bearer second-token}
    """
    And the service at https://login.example should have been asked 2 times

  Scenario: No token to be had is an error of authentication
    Given the secret word is:
    """yaml
    word-of-the-client
    """
    And the service at https://login.example answers:
    """yaml
    - {status: 401, body: {error: invalid_client}}
    """
    And a workflow with:
    """yaml
    use: {secrets: [word]}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://shop.example/a
              authentication:
                oauth2:
                  authority: https://login.example
                  endpoints: {token: /token}
                  grant: client_credentials
                  client: {id: podium, secret: '${ $secrets.word }', authentication: client_secret_post}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/authentication', status: 401, instance: /do/0/ask}
    """
    And 'word-of-the-client' should be nowhere in what is stored and shown
