Feature: Trying again

  Scenario: A task that fails is tried again until it succeeds
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: flaky, with: {ok_at: 3}}
        catch: {retry: {delay: PT1S, limit: {attempt: {count: 5}}}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    3
    """
    And ask should have run 3 times

  Scenario: A limit of attempts counts the tries after the first
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: flaky, with: {ok_at: 9}}
        catch: {retry: {delay: PT1S, limit: {attempt: {count: 2}}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/runtime
    detail: not yet
    """
    And ask should have run 3 times

  Scenario: A limit of no attempts means no second try
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: flaky, with: {ok_at: 2}}
        catch: {retry: {limit: {attempt: {count: 0}}}}
    """
    When the workflow is executed
    Then the workflow should fault
    And ask should have run 1 time

  Scenario: A retry without a delay tries again at once
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: flaky, with: {ok_at: 4}}
        catch: {retry: {limit: {attempt: {count: 5}}}}
    """
    When the workflow is executed
    Then ask should have begun after:
    """yaml
    [0, 0, 0, 0]
    """

  Scenario: A delay without a backoff stays the same
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: flaky, with: {ok_at: 4}}
        catch: {retry: {delay: PT10S, limit: {attempt: {count: 5}}}}
    """
    When the workflow is executed
    Then ask should have begun after:
    """yaml
    [0, 10, 20, 30]
    """

  Scenario: A constant backoff keeps the delay
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: flaky, with: {ok_at: 4}}
        catch: {retry: {delay: PT4S, backoff: {constant: {}}, limit: {attempt: {count: 5}}}}
    """
    When the workflow is executed
    Then ask should have begun after:
    """yaml
    [0, 4, 8, 12]
    """

  Scenario: A linear backoff grows by the delay
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: flaky, with: {ok_at: 4}}
        catch: {retry: {delay: PT10S, backoff: {linear: {}}, limit: {attempt: {count: 5}}}}
    """
    When the workflow is executed
    Then ask should have begun after:
    """yaml
    [0, 10, 30, 60]
    """

  Scenario: An exponential backoff doubles the delay
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: flaky, with: {ok_at: 5}}
        catch: {retry: {delay: PT10S, backoff: {exponential: {}}, limit: {attempt: {count: 5}}}}
    """
    When the workflow is executed
    Then ask should have begun after:
    """yaml
    [0, 10, 30, 70, 150]
    """

  Scenario: A growing delay is never longer than an hour
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: flaky, with: {ok_at: 4}}
        catch: {retry: {delay: PT30M, backoff: {exponential: {}}, limit: {attempt: {count: 5}}}}
    """
    When the workflow is executed
    Then ask should have begun after:
    """yaml
    [0, 1800, 5400, 9000]
    """

  Scenario: Jitter lengthens each delay within its range
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: flaky, with: {ok_at: 6}}
        catch:
          retry:
            delay: PT10S
            jitter: {from: PT1S, to: PT5S}
            limit: {attempt: {count: 9}}
    """
    When the workflow is executed
    Then the pauses between the runs of ask should have been between:
    """yaml
    [[11, 15], [11, 15], [11, 15], [11, 15], [11, 15]]
    """
    And the pauses between the runs of ask should differ

  Scenario: Jitter is the same after podium was killed
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/a'}}
        catch:
          retry: {delay: PT1H, jitter: {from: PT0S, to: PT20M}, limit: {attempt: {count: 1}}}
    - nap: {wait: PT1M}
    """
    And the service at https://shop.example answers:
    """yaml
    - {status: 503}
    - {body: {ok: true}}
    """
    When the workflow is started
    And podium is killed and started again 30 minutes later
    And the workflow has ended
    Then the workflow should complete
    And the pauses between the runs of ask should have been between:
    """yaml
    [[3600, 4800]]
    """

  Scenario: No try begins after a limit of time
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: flaky, with: {ok_at: 99}}
        catch: {retry: {delay: PT10S, limit: {duration: PT35S}}}
    """
    When the workflow is executed
    Then the workflow should fault
    And ask should have begun after:
    """yaml
    [0, 10, 20, 30]
    """

  Scenario: A try that takes too long is ended and tried again
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/a'}}
        catch:
          retry: {delay: PT1S, limit: {attempt: {count: 3, duration: PT5S}}}
    """
    And the service at https://shop.example answers:
    """yaml
    - {after: 60, body: late}
    - {after: 1, body: {ok: true}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    ok: true
    """
    And ask should have begun after:
    """yaml
    [0, 6]
    """

  Scenario: Tries that all take too long fault with a timeout
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - nap: {wait: PT1M}
        catch:
          retry: {limit: {attempt: {count: 1, duration: PT5S}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout
    status: 408
    """
    And the workflow should have taken 10 seconds

  Scenario: A retry whose condition does not hold is not made
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/a'}}
        catch:
          retry: {when: '${ $error.status >= 500 }', limit: {attempt: {count: 3}}}
    """
    And the service at https://shop.example answers:
    """yaml
    - {status: 503}
    - {status: 404}
    - {body: never}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 404
    """
    And the service at https://shop.example should have been asked 2 times

  Scenario: A retry is not made where its exception holds
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/a'}}
        catch:
          retry: {exceptWhen: '${ $error.status == 404 }', limit: {attempt: {count: 3}}}
    """
    And the service at https://shop.example answers:
    """yaml
    - {status: 500}
    - {status: 404}
    """
    When the workflow is executed
    Then the workflow should fault
    And the service at https://shop.example should have been asked 2 times

  Scenario: An error that is not caught is not tried again
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/a'}}
        catch:
          errors: {with: {status: 503}}
          retry: {limit: {attempt: {count: 3}}}
    """
    And the service at https://shop.example answers:
    """yaml
    - {status: 500}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/communication
    status: 500
    """
    And the service at https://shop.example should have been asked 1 time

  Scenario: After the last try the handler is run
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: flaky, with: {ok_at: 9}}
        catch:
          retry: {limit: {attempt: {count: 2}}}
          do:
            - give: {set: {gave: up}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    gave: up
    """
    And ask should have run 3 times
    And give should have run 1 time

  Scenario: Each try begins with the input of the task
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - grow: {set: {count: '${ .count + 1 }'}}
          - ask:
              call: flaky
              with: {ok_at: 3}
              output: {as: '${ $input }'}
        catch: {retry: {limit: {attempt: {count: 3}}}}
    """
    And the workflow input is:
    """yaml
    count: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    count: 2
    """

  Scenario: All tasks of the try are run again, effects too
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - first: {call: inc, with: {x: 1}}
          - ask: {call: flaky, with: {ok_at: 3}}
        catch: {retry: {limit: {attempt: {count: 3}}}}
    """
    When the workflow is executed
    Then first should have been done 3 times
    And the effects should have been performed once

  Scenario: A retry policy may be written once and used by name
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: again, version: '1.0.0'}
    use:
      retries:
        patient: {delay: PT1M, backoff: {linear: {}}, limit: {attempt: {count: 3}}}
    do:
      - attempt:
          try:
            - ask: {call: flaky, with: {ok_at: 3}}
          catch: {retry: patient}
    """
    When the workflow is executed
    Then ask should have begun after:
    """yaml
    [0, 60, 180]
    """

  Scenario: A retry inside of a retry multiplies the tries
    Given a workflow that does:
    """yaml
    - outer:
        try:
          - inner:
              try:
                - ask: {call: flaky, with: {ok_at: 99}}
              catch: {retry: {delay: PT1S, limit: {attempt: {count: 2}}}}
        catch: {retry: {delay: PT10S, limit: {attempt: {count: 1}}}}
    """
    When the workflow is executed
    Then the workflow should fault
    And ask should have begun after:
    """yaml
    [0, 1, 2, 12, 13, 14]
    """

  Scenario: A retry delay goes on where it was when podium is killed
    Given a workflow that does:
    """yaml
    - before: {call: inc, with: {x: 1}}
    - attempt:
        try:
          - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/a'}}
        catch: {retry: {delay: PT1H, limit: {attempt: {count: 3}}}}
    """
    And the service at https://shop.example answers:
    """yaml
    - {status: 503}
    - {body: {ok: true}}
    """
    When the workflow is started
    And 20 minutes pass
    Then the workflow should be waiting for retry 1 of attempt
    When podium is killed and started again 20 minutes later
    Then the service at https://shop.example should have been asked 1 time
    When the workflow has ended
    Then ask should have begun after:
    """yaml
    [0, 3600]
    """
    And the effects should have been performed once

  Scenario: How often was tried is remembered over restarts
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/a'}}
        catch: {retry: {delay: PT1M, limit: {attempt: {count: 2}}}}
    """
    And the service at https://shop.example answers:
    """yaml
    - {status: 503}
    """
    When the workflow is started
    And podium is killed and started again 30 seconds later
    And 45 seconds pass
    And podium is killed and started again 10 seconds later
    And the workflow has ended
    Then the workflow should fault
    And the service at https://shop.example should have been asked 3 times

  Scenario: A service that hangs up is a communication error that is tried again
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/a'}}
        catch:
          errors: {with: {type: https://serverlessworkflow.io/spec/1.0.0/errors/communication}}
          retry: {delay: PT1S, limit: {attempt: {count: 1}}}
    """
    And the service at https://shop.example answers:
    """yaml
    - {fails: true}
    - {body: {ok: true}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    ok: true
    """

  Scenario: Each try of a call has a key of its own
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: http, with: {method: post, endpoint: 'https://shop.example/a'}}
        catch: {retry: {limit: {attempt: {count: 2}}}}
    """
    And the service at https://shop.example answers:
    """yaml
    - {status: 503}
    - {status: 503}
    - {body: {ok: true}}
    """
    When the workflow is executed
    Then the service at https://shop.example should have been asked with 3 keys
