Feature: Extensions

  Scenario: Tasks run before and after those that are extended
    Given a workflow with:
    """yaml
    use:
      extensions:
        - log:
            extend: wait
            before: [{enter: {call: inc, with: {x: 1}}}]
            after: [{leave: {call: inc, with: {x: 1}}}]
    do:
      - first: {set: {done: true}}
      - work: {wait: PT1S}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    done: true
    """
    And enter should run before leave
    And enter should run after first

  Scenario: All extends tasks of every kind
    Given a workflow with:
    """yaml
    use:
      extensions:
        - count: {extend: all, before: [{tick: {call: inc, with: {x: 1}}}]}
    do:
      - one: {set: {x: 1}}
      - two: {wait: PT1S}
      - three: {call: inc, with: {x: 1}}
      - four: {do: [{five: {set: {x: 2}}}]}
    """
    When the workflow is executed
    Then the workflow should complete
    And tick should have been done 5 times

  Scenario: An extension of listen runs around it
    Given a workflow with:
    """yaml
    use:
      extensions:
        - mark:
            extend: listen
            before: [{enter: {call: inc, with: {x: 1}}}]
            after: [{leave: {call: inc, with: {x: 1}}}]
    do:
      - hear: {listen: {to: {one: {with: {type: com.example.told}}}}}
    """
    When the workflow is started
    Then enter should have been done 1 time
    And leave should have been done 0 times
    When the event is published:
    """yaml
    {type: com.example.told, data: 7}
    """
    Then the workflow should complete with output:
    """yaml
    [7]
    """
    And leave should have been done 1 time

  Scenario: An extension of emit runs around it
    Given a workflow with:
    """yaml
    use:
      extensions:
        - mark: {extend: emit, before: [{enter: {call: inc, with: {x: 1}}}]}
    do:
      - tell: {emit: {event: {with: {type: com.example.told}}}}
      - other: {set: {x: 1}}
    """
    When the workflow is executed
    Then enter should have been done 1 time
    And the event com.example.told should have been published 1 time

  Scenario: An extension of run takes the place of another workflow
    Given a workflow with:
    """yaml
    use:
      extensions:
        - mock: {extend: run, before: [{give: {set: {mocked: true}, then: exit}}]}
    do:
      - other: {run: {workflow: {namespace: test, name: nowhere, version: '1.0.0'}}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    mocked: true
    """

  Scenario: An extension of raise may keep an error from being raised
    Given a workflow with:
    """yaml
    use:
      extensions:
        - soften: {extend: raise, before: [{give: {set: {soft: true}, then: exit}}]}
    do:
      - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 500, title: X}}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    soft: true
    """

  Scenario: An extension applies where its condition holds
    Given a workflow with:
    """yaml
    use:
      extensions:
        - mark: {extend: set, when: '${ $task.name == "two" }', before: [{tick: {call: inc, with: {x: 1}}}]}
    do:
      - one: {set: {x: 1}}
      - two: {set: {x: 2}}
    """
    When the workflow is executed
    Then tick should have been done 1 time

  Scenario: An answer from before a call takes its place
    Given the service at https://shop.example answers:
    """yaml
    - {body: {real: true}}
    """
    And a workflow with:
    """yaml
    use:
      extensions:
        - mock:
            extend: call
            when: ${ $task.definition.call == "http" }
            before: [{give: {set: {content: {real: false}}, then: exit}}]
    do:
      - ask:
          call: http
          with: {method: get, endpoint: 'https://shop.example/a'}
          output: {as: '${ .content }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    real: false
    """
    And the service at https://shop.example should have been asked 0 times

  Scenario: A task whose own condition does not hold is not extended
    Given a workflow with:
    """yaml
    use:
      extensions:
        - mark: {extend: all, before: [{tick: {call: inc, with: {x: 1}}}]}
    do:
      - one: {if: '${ false }', set: {x: 1}}
    """
    When the workflow is executed
    Then tick should have been done 0 times

  Scenario: What an extension exports the tasks after it see
    Given a workflow with:
    """yaml
    use:
      extensions:
        - time: {extend: call, after: [{note: {set: {last: '${ $task.name }'}, export: {as: '${ . }'}}}]}
    do:
      - one: {call: inc, with: {x: 1}}
      - show: {set: '${ $context }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    last: one
    """

  Scenario: Several extensions lie around a task like shells
    Given a workflow with:
    """yaml
    use:
      extensions:
        - outer: {extend: call, before: [{a: {set: {x: 1}}}], after: [{d: {set: {x: 1}}}]}
        - inner: {extend: call, before: [{b: {set: {x: 1}}}], after: [{c: {set: {x: 1}}}]}
    do:
      - one: {call: inc, with: {x: 1}}
    """
    When the workflow is executed
    Then a should run before b
    And b should run before c
    And c should run before d

  Scenario: A fault of an extension is a fault of the workflow that can be caught
    Given a workflow with:
    """yaml
    use:
      extensions:
        - guard:
            extend: call
            before: [{stop: {raise: {error: {type: 'https://shop.example/errors/no', status: 403, title: No}}}}]
    do:
      - attempt:
          try: [{one: {call: inc, with: {x: 1}}}]
          catch: {errors: {with: {status: 403}}, do: [{give: {set: {refused: true}}}]}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    refused: true
    """
    And one should have been done 0 times

  Scenario: The condition of an extension that fails is an error of the task
    Given a workflow with:
    """yaml
    use:
      extensions:
        - guard: {extend: call, when: '${ .text + 1 > 0 }', before: [{tick: {set: {x: 1}}}]}
    do:
      - one: {call: inc, with: {x: 1}}
    """
    And the workflow input is:
    """yaml
    text: abc
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/expression
    instance: /do/0/one
    """
    And one should have been done 0 times

  Scenario: An extension goes on where it was when podium was killed
    Given a workflow with:
    """yaml
    use:
      extensions:
        - slow:
            extend: call
            before: [{enter: {do: [{tick: {call: inc, with: {x: 1}}}, {nap: {wait: PT10M}}]}}]
            after: [{leave: {do: [{rest: {wait: PT10M}}, {tock: {call: inc, with: {x: 1}}}]}}]
    do:
      - one: {call: inc, with: {x: 5}}
    """
    When the workflow is started
    And podium is killed and started again 5 minutes later
    And 6 minutes pass
    And podium is killed and started again 1 minute later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    6
    """
    And the effects should have been performed once
    And tick should have been done 1 time
    And tock should have been done 1 time
