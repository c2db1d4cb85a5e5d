Feature: Workflows in workflows

  Scenario: The output of another workflow is the output of the task
    Given a workflow that does:
    """yaml
    - ask: {run: {workflow: {namespace: test, name: child, version: '1.0.0', input: {n: '${ .n }'}}}}
    """
    And another workflow child that does:
    """yaml
    - answer: {set: {twice: '${ .n * 2 }'}}
    """
    And the workflow input is:
    """yaml
    n: 21
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    twice: 42
    """
    And 1 run of child should have been started

  Scenario: Without an input of its own another workflow gets that of the task
    Given a workflow that does:
    """yaml
    - ask: {run: {workflow: {namespace: test, name: child, version: '1.0.0'}}}
    """
    And another workflow child that does:
    """yaml
    - answer: {set: {got: '${ . }'}}
    """
    And the workflow input is:
    """yaml
    n: 21
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    got: {n: 21}
    """

  Scenario: The fault of another workflow is the fault of the task
    Given a workflow that does:
    """yaml
    - ask: {run: {workflow: {namespace: test, name: child, version: '1.0.0'}}}
    """
    And another workflow child that does:
    """yaml
    - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: Tea}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://shop.example/errors/x
    status: 418
    title: Tea
    instance: /do/0/ask
    """
    And the newest run of child should be faulted

  Scenario: The fault of another workflow can be caught
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {run: {workflow: {namespace: test, name: child, version: '1.0.0'}}}
        catch:
          errors: {with: {status: 418}}
          do: [{give: {set: {caught: true}}}]
    """
    And another workflow child that does:
    """yaml
    - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: Tea}}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: true
    """

  Scenario: A try again starts another run of the other workflow
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {run: {workflow: {namespace: test, name: child, version: '1.0.0'}}}
        catch: {retry: {limit: {attempt: {count: 2}}}}
    """
    And another workflow child that does:
    """yaml
    - ask: {call: flaky, with: {ok_at: 3}}
    """
    When the workflow is executed
    Then the workflow should complete
    And 3 runs of child should have been started

  Scenario: A workflow that is not waited for goes on by itself
    Given a workflow that does:
    """yaml
    - ask: {run: {await: false, workflow: {namespace: test, name: child, version: '1.0.0'}}}
    - after: {set: {went: 'on'}}
    """
    And another workflow child that does:
    """yaml
    - nap: {wait: PT1H}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    went: 'on'
    """
    And the newest run of child should be running
    When 61 minutes pass
    Then the newest run of child should be completed

  Scenario: A workflow that is not waited for is not stopped with its starter
    Given a workflow that does:
    """yaml
    - ask: {run: {await: false, workflow: {namespace: test, name: child, version: '1.0.0'}}}
    - nap: {wait: PT1H}
    """
    And another workflow child that does:
    """yaml
    - nap: {wait: PT1H}
    """
    When the workflow is started
    And the workflow is cancelled
    Then the newest run of child should be waiting
    When 61 minutes pass
    Then the newest run of child should be completed

  Scenario: Who waits for another workflow waits as long as it takes
    Given a workflow that does:
    """yaml
    - ask: {run: {workflow: {namespace: test, name: child, version: '1.0.0'}}}
    """
    And another workflow child that does:
    """yaml
    - nap: {wait: P2D}
    """
    When the workflow is started
    And 1 hour passes
    Then the workflow should be waiting for child
    When the workflow has ended
    Then the workflow should complete
    And the workflow should have taken 2 days

  Scenario: Cancelling a run cancels the run that it waits for
    Given a workflow that does:
    """yaml
    - ask: {run: {workflow: {namespace: test, name: child, version: '1.0.0'}}}
    """
    And another workflow child that does:
    """yaml
    - nap: {wait: PT1H}
    """
    When the workflow is started
    And the workflow is cancelled
    Then the workflow should be cancelled
    And the newest run of child should be cancelled

  Scenario: Cancelling goes down through all runs
    Given a workflow that does:
    """yaml
    - ask: {run: {workflow: {namespace: test, name: child, version: '1.0.0'}}}
    """
    And another workflow child that does:
    """yaml
    - ask: {run: {workflow: {namespace: test, name: grandchild, version: '1.0.0'}}}
    """
    And another workflow grandchild that does:
    """yaml
    - nap: {wait: PT1H}
    """
    When the workflow is started
    And the workflow is cancelled
    Then the newest run of child should be cancelled
    And the newest run of grandchild should be cancelled

  Scenario: Who waits for a run that somebody cancels faults
    Given a workflow that does:
    """yaml
    - ask: {run: {workflow: {namespace: test, name: child, version: '1.0.0'}}}
    """
    And another workflow child that does:
    """yaml
    - nap: {wait: PT1H}
    """
    When the workflow is started
    And the run of child is cancelled
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/runtime
    title: Cancelled
    """

  Scenario: A run that is resumed resumes the run that it was cancelled with
    Given a workflow that does:
    """yaml
    - ask: {run: {workflow: {namespace: test, name: child, version: '1.0.0'}}}
    """
    And another workflow child that does:
    """yaml
    - nap: {wait: PT10M}
    - answer: {set: {fine: true}}
    """
    When the workflow is started
    And the workflow is cancelled
    And 1 hour passes
    And the workflow is resumed
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    fine: true
    """
    And 1 run of child should have been started

  Scenario: A faulted run that is resumed resumes the run whose fault it had
    Given a workflow that does:
    """yaml
    - ask: {run: {workflow: {namespace: test, name: child, version: '1.0.0'}}}
    """
    And another workflow child that does:
    """yaml
    - before: {call: inc, with: {x: 1}}
    - shop: {call: http, with: {method: get, endpoint: 'https://shop.example/a'}}
    """
    And the service at https://shop.example answers:
    """yaml
    - {status: 503}
    - {body: {ok: true}}
    """
    When the workflow is executed
    Then the workflow should fault
    When the workflow is resumed
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    ok: true
    """
    And 1 run of child should have been started
    And before should have been done 1 time

  Scenario: A timeout of the task does not wait for the other workflow
    Given a workflow that does:
    """yaml
    - ask:
        run: {workflow: {namespace: test, name: child, version: '1.0.0'}}
        timeout: {after: PT10M}
    """
    And another workflow child that does:
    """yaml
    - nap: {wait: PT1H}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout
    """
    And the workflow should have taken 10 minutes

  Scenario: A workflow that starts itself for ever is stopped
    Given a workflow that does:
    """yaml
    - again: {run: {workflow: {namespace: test, name: scenario, version: '1.0.0'}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/runtime
    """
    And the error should say: Does a workflow start itself?
    And 16 runs of scenario should have been started

  Scenario: The newest version of another workflow is taken where that is asked for
    Given a workflow that does:
    """yaml
    - ask: {run: {workflow: {namespace: test, name: child, version: latest}}}
    """
    And another workflow child that does:
    """yaml
    - answer: {set: {version: 1}}
    """
    And another workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: child, version: '2.0.0'}
    do:
      - answer: {set: {version: 2}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    version: 2
    """

  Scenario: A workflow that nobody stored faults the task
    Given a workflow that does:
    """yaml
    - ask: {run: {workflow: {namespace: test, name: nobody, version: '1.0.0'}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    instance: /do/0/ask
    """
    And the error should say: nobody

  Scenario: Another workflow is started once though podium is killed
    Given a workflow that does:
    """yaml
    - ask: {run: {workflow: {namespace: test, name: child, version: '1.0.0'}}}
    """
    And another workflow child that does:
    """yaml
    - before: {call: inc, with: {x: 1}}
    - nap: {wait: PT1H}
    - answer: {set: {fine: true}}
    """
    When the workflow is started
    And podium is killed and started again 10 minutes later
    And podium is killed and started again 10 minutes later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    fine: true
    """
    And 1 run of child should have been started
    And the effects should have been performed once

  Scenario: An end that comes while podium is down is found afterwards
    Given a workflow that does:
    """yaml
    - ask: {run: {workflow: {namespace: test, name: child, version: '1.0.0'}}}
    """
    And another workflow child that does:
    """yaml
    - nap: {wait: PT1H}
    """
    When the workflow is started
    And podium is killed and started again 2 hours later
    And the workflow has ended
    Then the workflow should complete

  Scenario: Branches wait for other workflows at the same time
    Given a workflow that does:
    """yaml
    - both:
        fork:
          branches:
            - one: {run: {workflow: {namespace: test, name: child, version: '1.0.0', input: {n: 1}}}}
            - two: {run: {workflow: {namespace: test, name: child, version: '1.0.0', input: {n: 2}}}}
    """
    And another workflow child that does:
    """yaml
    - nap: {wait: PT1H, output: {as: '${ .n }'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """
    And the workflow should have taken 1 hour
