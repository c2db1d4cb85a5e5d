Feature: Where the flow goes

  Scenario: A switch without a case that holds goes on with the next task
    Given a workflow that does:
    """yaml
    - choose:
        switch:
          - red: {when: '${ .color == "red" }', then: last}
    - next: {set: {next: true}}
    - last: {set: '${ . }'}
    """
    And the workflow input is:
    """yaml
    color: blue
    """
    When the workflow is executed
    Then next should run before last

  Scenario: The first of several cases that hold is taken
    Given a workflow that does:
    """yaml
    - choose:
        switch:
          - big: {when: '${ .n > 10 }', then: a}
          - bigger: {when: '${ .n > 100 }', then: b}
    - a: {set: {took: a}, then: end}
    - b: {set: {took: b}}
    """
    And the workflow input is:
    """yaml
    n: 1000
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    took: a
    """

  Scenario: A case may end the workflow
    Given a workflow that does:
    """yaml
    - choose:
        switch:
          - done: {when: '${ .done }', then: end}
    - never: {set: {never: reached}}
    """
    And the workflow input is:
    """yaml
    done: true
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    done: true
    """
    And never should not run

  Scenario: A case may leave its group
    Given a workflow that does:
    """yaml
    - group:
        do:
          - choose: {switch: [{out: {then: exit}}]}
          - never: {set: {never: reached}}
    - after: {set: {after: true}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    after: true
    """
    And never should not run

  Scenario: A switch hands its input on
    Given a workflow that does:
    """yaml
    - choose: {switch: [{always: {then: continue}}]}
    """
    And the workflow input is:
    """yaml
    kept: true
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    kept: true
    """

  Scenario: A jump back makes a loop
    Given a workflow that does:
    """yaml
    - grow: {set: {n: '${ .n + 1 }'}}
    - again: {switch: [{more: {when: '${ .n < 5 }', then: grow}}]}
    - done: {set: {n: '${ .n }', done: true}}
    """
    And the workflow input is:
    """yaml
    n: 0
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {n: 5, done: true}
    """
    And grow should have run 5 times

  Scenario: Effects in a loop of jumps are each done once, whatever is killed
    Given a workflow that does:
    """yaml
    - grow: {call: inc, with: {x: '${ . }'}}
    - nap: {wait: PT1M}
    - again: {switch: [{more: {when: '${ . < 4 }', then: grow}}]}
    """
    And the workflow input is:
    """yaml
    1
    """
    When the workflow is started
    And podium is killed and started again 30 seconds later
    And 45 seconds pass
    And podium is killed and started again 5 seconds later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    4
    """
    And grow should have been done 3 times
    And the effects should have been performed once

  Scenario: A loop that never ends is stopped with an error that says so
    Given a workflow that does:
    """yaml
    - round: {set: '${ . }'}
    - again: {switch: [{more: {when: '${ true }', then: round}}]}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/runtime
    title: Too many tasks
    """

  Scenario: A jump passes tasks over
    Given a workflow that does:
    """yaml
    - first: {set: {a: 1}, then: third}
    - second: {set: {a: 2}}
    - third: {set: {a: '${ .a }', third: true}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {a: 1, third: true}
    """
    And second should not run

  Scenario: An exit at the top ends the workflow
    Given a workflow that does:
    """yaml
    - first: {set: {a: 1}, then: exit}
    - second: {set: {a: 2}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    a: 1
    """

  Scenario: An exit leaves one group only
    Given a workflow that does:
    """yaml
    - outer:
        do:
          - inner:
              do:
                - leave: {set: {left: inner}, then: exit}
                - never: {set: {never: reached}}
          - here: {set: {left: '${ .left }', still: outer}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {left: inner, still: outer}
    """

  Scenario: An end deep inside ends the whole workflow
    Given a workflow that does:
    """yaml
    - outer:
        do:
          - inner:
              do:
                - stop: {set: {stopped: true}, then: end}
          - never: {set: {never: reached}}
    - neither: {set: {never: reached}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    stopped: true
    """
    And never should not run
    And neither should not run

  Scenario: A task that is passed over by its condition does not jump
    Given a workflow that does:
    """yaml
    - maybe: {if: '${ false }', set: {a: 1}, then: end}
    - next: {set: {next: true}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    next: true
    """

  Scenario: A condition that cannot be computed faults
    Given a workflow that does:
    """yaml
    - maybe: {if: '${ error("no idea") }', set: {a: 1}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/expression
    """
