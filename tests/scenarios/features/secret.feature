Feature: Secrets

  Scenario: A secret goes to the service that it is for, and nowhere else
    Given the secret key is:
    """yaml
    s3cret-of-the-shop
    """
    And the service at https://shop.example answers:
    """yaml
    - {body: {fine: true}}
    """
    And a workflow with:
    """yaml
    use: {secrets: [key]}
    do:
      - ask:
          call: http
          with: {method: post, endpoint: 'https://shop.example/a', headers: {X-Key: '${ $secrets.key }'}, body: {x: 1}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    fine: true
    """
    And the last request to https://shop.example should have had:
    """yaml
    headers: {x-key: s3cret-of-the-shop}
    """
    And 's3cret-of-the-shop' should be nowhere in what is stored and shown

  Scenario: A secret may decide which way a workflow takes
    Given the secret plan is:
    """yaml
    golden-plan
    """
    And a workflow with:
    """yaml
    use: {secrets: [plan]}
    do:
      - choose:
          switch:
            - gold: {when: '${ $secrets.plan == "golden-plan" }', then: rich}
            - other: {then: poor}
      - poor: {set: {rich: false}, then: end}
      - rich: {set: {rich: true}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    rich: true
    """
    And 'golden-plan' should be nowhere in what is stored and shown

  Scenario: A secret of several parts is read by its parts
    Given the secret db is:
    """yaml
    '{"user": "ann-the-user", "password": "pass-of-ann"}'
    """
    And the service at https://shop.example answers:
    """yaml
    - {body: {fine: true}}
    """
    And a workflow with:
    """yaml
    use: {secrets: [db]}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint:
              uri: https://shop.example/a
              authentication: {basic: {username: '${ $secrets.db.user }', password: '${ $secrets.db.password }'}}
    """
    When the workflow is executed
    Then the last request to https://shop.example should have had:
    """yaml
    headers: {authorization: Basic YW5uLXRoZS11c2VyOnBhc3Mtb2YtYW5u}
    """
    And 'pass-of-ann' should be nowhere in what is stored and shown
    And 'YW5uLXRoZS11c2VyOnBhc3Mtb2YtYW5u' should be nowhere in what is stored and shown

  Scenario: A secret that a service sends back in an error is hidden
    Given the secret key is:
    """yaml
    s3cret-of-the-shop
    """
    And the service at https://shop.example answers:
    """yaml
    - {status: 400, body: 'wrong key s3cret-of-the-shop'}
    """
    And a workflow with:
    """yaml
    use: {secrets: [key]}
    do:
      - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/a', headers: {X-Key: '${ $secrets.key }'}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 400
    """
    And the error should say: wrong key ***
    And 's3cret-of-the-shop' should be nowhere in what is stored and shown

  Scenario: A secret in the shown request of a response is hidden
    Given the secret key is:
    """yaml
    s3cret-of-the-shop
    """
    And the service at https://shop.example answers:
    """yaml
    - {body: {fine: true}}
    """
    And a workflow with:
    """yaml
    use: {secrets: [key]}
    do:
      - ask:
          call: http
          with:
            method: get
            endpoint: https://shop.example/a
            query: {token: '${ $secrets.key }'}
            output: response
    """
    When the workflow is executed
    Then the workflow output should match:
    """yaml
    content: {fine: true}
    """
    And 's3cret-of-the-shop' should be nowhere in what is stored and shown

  Scenario: A secret that nobody has is an error of authorization where it is read
    Given a workflow with:
    """yaml
    use: {secrets: [key]}
    do:
      - first: {set: {x: 1}}
      - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/a', headers: {X-Key: '${ $secrets.key }'}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/authorization', status: 403, instance: /do/1/ask}
    """
    And first should complete

  Scenario: A secret that is declared and never read need not be there
    Given a workflow with:
    """yaml
    use: {secrets: [key]}
    do:
      - first: {set: {x: 1}}
    """
    When the workflow is executed
    Then the workflow should complete

  Scenario: A secret in what an event says is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use: {secrets: [key]}
    do:
      - tell:
          emit:
            event:
              with:
                type: com.example.told
                data: ${ $secrets.key }
    """
    Then the definition is refused for the rule secret-place at line 9

  Scenario: A secret in an error that is raised is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use: {secrets: [key]}
    do:
      - stop:
          raise:
            error:
              type: https://shop.example/errors/x
              status: 500
              detail: ${ "it is " + $secrets.key }
    """
    Then the definition is refused for the rule secret-place at line 9

  Scenario: A secret in what is exported is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use: {secrets: [key]}
    do:
      - keep:
          set: {x: 1}
          export:
            as: '${ {key: $secrets.key} }'
    """
    Then the definition is refused for the rule secret-place at line 7

  Scenario: A secret in a filter of events is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use: {secrets: [key]}
    do:
      - hear:
          listen:
            to:
              one:
                with:
                  type: com.example.told
                  data: ${ .key == $secrets.key }
    """
    Then the definition is refused for the rule secret-place at line 10

  Scenario: A secret is read anew after a restart, and not kept
    Given the secret key is:
    """yaml
    s3cret-of-the-shop
    """
    And the service at https://shop.example answers:
    """yaml
    - {body: {fine: true}}
    """
    And a workflow with:
    """yaml
    use: {secrets: [key]}
    do:
      - nap: {wait: PT10M}
      - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/a', headers: {X-Key: '${ $secrets.key }'}}}
    """
    When the workflow is started
    And podium is killed
    And the secret key is:
    """yaml
    another-s3cret
    """
    And podium is started again
    And the workflow has ended
    Then the workflow should complete
    And the last request to https://shop.example should have had:
    """yaml
    headers: {x-key: another-s3cret}
    """
