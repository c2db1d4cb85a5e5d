Feature: Timeouts

  Scenario: A task that takes longer than its timeout faults
    Given a workflow that does:
    """yaml
    - ask:
        call: http
        with: {method: get, endpoint: 'https://shop.example/a'}
        timeout: {after: PT5S}
    """
    And the service at https://shop.example answers:
    """yaml
    - {after: 60, body: late}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout
    status: 408
    instance: /do/0/ask
    """
    And the workflow should have taken 5 seconds

  Scenario: A task that is done in its timeout is not disturbed by it
    Given a workflow that does:
    """yaml
    - nap: {wait: PT4S, timeout: {after: PT5S}}
    - other: {wait: PT10S}
    """
    When the workflow is executed
    Then the workflow should complete
    And the workflow should have taken 14 seconds

  Scenario: A wait that is longer than its timeout ends with the timeout
    Given a workflow that does:
    """yaml
    - nap: {wait: PT1H, timeout: {after: PT5M}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout
    """
    And the workflow should have taken 5 minutes

  Scenario: A timeout may be an expression
    Given a workflow that does:
    """yaml
    - nap: {wait: PT1H, timeout: {after: '${ .patience }'}}
    """
    And the workflow input is:
    """yaml
    patience: PT10S
    """
    When the workflow is executed
    Then the workflow should fault
    And the workflow should have taken 10 seconds

  Scenario: A timeout may be written once and used by name
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: late, version: '1.0.0'}
    use: {timeouts: {short: {after: PT10S}}}
    do:
      - nap: {wait: PT1H, timeout: short}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout
    """
    And the workflow should have taken 10 seconds

  Scenario: The timeout of a workflow ends whatever it does
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: late, version: '1.0.0'}
    timeout: {after: PT1M}
    do:
      - first: {wait: PT40S}
      - second: {wait: PT40S}
      - third: {set: {never: reached}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout
    """
    And the workflow should have taken 1 minute
    And third should not run

  Scenario: The timeout of a workflow may be one of those written once
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: late, version: '1.0.0'}
    use: {timeouts: {short: {after: {seconds: 30}}}}
    timeout: short
    do:
      - nap: {wait: PT1H}
    """
    When the workflow is executed
    Then the workflow should fault
    And the workflow should have taken 30 seconds

  Scenario: The timeout of a group counts for all of its tasks together
    Given a workflow that does:
    """yaml
    - group:
        timeout: {after: PT1M}
        do:
          - first: {wait: PT40S}
          - second: {wait: PT40S}
    """
    When the workflow is executed
    Then second should fault
    And the workflow should have taken 1 minute

  Scenario: The timeout of a loop counts for all of its rounds together
    Given a workflow that does:
    """yaml
    - loop:
        timeout: {after: PT25S}
        for: {in: '${ [1, 2, 3, 4] }'}
        do:
          - nap: {wait: PT10S}
    """
    When the workflow is executed
    Then the workflow should fault
    And nap should have run 3 times
    And the workflow should have taken 25 seconds

  Scenario: The timeout of a fork ends all of its branches
    Given a workflow that does:
    """yaml
    - both:
        timeout: {after: PT1M}
        fork:
          branches:
            - quick: {wait: PT10S}
            - slow: {wait: PT2H}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout
    """
    And quick should complete
    And the workflow should have taken 1 minute

  Scenario: The earlier of two timeouts holds
    Given a workflow that does:
    """yaml
    - group:
        timeout: {after: PT20S}
        do:
          - nap: {wait: PT1H, timeout: {after: PT5M}}
    """
    When the workflow is executed
    Then the workflow should fault
    And the workflow should have taken 20 seconds

  Scenario: A timeout can be caught
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - nap: {wait: PT1H, timeout: {after: PT5S}}
        catch:
          errors: {with: {type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout}}
          do:
            - give: {set: {status: '${ $error.status }'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    status: 408
    """

  Scenario: A handler has its own time after a timeout was caught
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - group:
              timeout: {after: PT5S}
              do:
                - nap: {wait: PT1H}
        catch:
          do:
            - clean: {wait: PT10S}
    """
    When the workflow is executed
    Then the workflow should complete
    And the workflow should have taken 15 seconds

  Scenario: The timeout of a workflow cannot be caught away
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: late, version: '1.0.0'}
    timeout: {after: PT10S}
    do:
      - attempt:
          try:
            - nap: {wait: PT1H}
          catch:
            do:
              - again: {wait: PT1H}
    """
    When the workflow is executed
    Then the workflow should fault
    And the workflow should have taken 10 seconds

  Scenario: A timeout of a wait is kept over a restart
    Given a workflow that does:
    """yaml
    - nap: {wait: PT5H, timeout: {after: PT1H}}
    """
    When the workflow is started
    And podium is killed and started again 30 minutes later
    And the workflow has ended
    Then the workflow should fault
    And the workflow should have taken 1 hour

  Scenario: A timeout that comes while podium is down is found afterwards
    Given a workflow that does:
    """yaml
    - group:
        timeout: {after: PT1H}
        do:
          - nap: {wait: PT5H}
    """
    When the workflow is started
    And podium is killed and started again 2 hours later
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout
    """

  Scenario: Time in which a run is paused does not count for a timeout
    Given a workflow that does:
    """yaml
    - group:
        timeout: {after: PT30M}
        do:
          - nap: {wait: PT20M}
    """
    When the workflow is started
    And the workflow is paused
    And 2 hours pass
    And the workflow is resumed
    And 21 minutes pass
    Then the workflow should complete

  Scenario: A group whose time is over makes no further call
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - group:
              timeout: {after: PT10S}
              do:
                - nap: {wait: PT1M}
                - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/a'}}
        catch: {do: [{give: {set: {gave: up}}}]}
    """
    And the service at https://shop.example answers:
    """yaml
    - {body: never}
    """
    When the workflow is executed
    Then the workflow should complete
    And the service at https://shop.example should have been asked 0 times
