Feature: Raising errors

  Scenario: A raised error may be written once and raised by name
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: raising, version: '1.0.0'}
    use:
      errors:
        soldOut: {type: 'https://shop.example/errors/sold-out', status: 409, title: Sold out}
    do:
      - stop: {raise: {error: soldOut}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://shop.example/errors/sold-out
    status: 409
    title: Sold out
    instance: /do/0/stop
    """

  Scenario: The parts of a raised error may be expressions
    Given a workflow that does:
    """yaml
    - stop:
        raise:
          error:
            type: https://shop.example/errors/sold-out
            status: 409
            title: '${ "No \(.item)" }'
            detail: '${ "Only \(.left) left" }'
    """
    And the workflow input is:
    """yaml
    {item: tea, left: 2}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    title: No tea
    detail: Only 2 left
    """

  Scenario: An error says the task in which it was raised
    Given a workflow that does:
    """yaml
    - group:
        do:
          - fine: {set: {a: 1}}
          - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 400, title: X}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    instance: /do/0/group/do/1/stop
    """

  Scenario: An error that names its instance keeps it
    Given a workflow that does:
    """yaml
    - stop:
        raise:
          error:
            type: https://shop.example/errors/x
            status: 400
            title: X
            instance: /orders/17
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    instance: /orders/17
    """

  Scenario: An error is raised only where its condition holds
    Given a workflow that does:
    """yaml
    - stop:
        if: ${ .bad }
        raise: {error: {type: 'https://shop.example/errors/x', status: 400, title: X}}
    - go: {set: {fine: true}}
    """
    And the workflow input is:
    """yaml
    bad: false
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    fine: true
    """

  Scenario: Tasks after a raised error do not run
    Given a workflow that does:
    """yaml
    - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 400, title: X}}}
    - never: {call: inc, with: {x: 1}}
    """
    When the workflow is executed
    Then never should not run
    And never should have been done 0 times

  Scenario: A caught error may be raised again
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: flaky, with: {ok_at: 9}}
        catch:
          as: trouble
          do:
            - again:
                raise:
                  error:
                    type: '${ $trouble.type }'
                    status: 500
                    title: '${ "Again: \($trouble.detail)" }'
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/runtime
    status: 500
    title: 'Again: not yet'
    """
