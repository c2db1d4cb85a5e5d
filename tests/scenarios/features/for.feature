Feature: Loops

  Scenario: Item and place have the names that the loop gives them
    Given a workflow that does:
    """yaml
    - loop:
        for: {each: pet, at: place, in: '${ .pets }'}
        do:
          - note: {set: {list: '${ ($context.list // []) + ["\($place) \($pet)"] }'}, export: {as: '${ . }'}}
    """
    And the workflow input is:
    """yaml
    pets: [cat, dog]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    list: [0 cat, 1 dog]
    """

  Scenario: Without names they are item and index
    Given a workflow that does:
    """yaml
    - loop:
        for: {in: '${ [5, 6] }'}
        do:
          - note: {set: {item: '${ $item }', index: '${ $index }'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {item: 6, index: 1}
    """

  Scenario: Each round has the output of the round before as its input
    Given a workflow that does:
    """yaml
    - loop:
        for: {in: '${ [1, 2, 3] }'}
        do:
          - add: {set: {sum: '${ .sum + $item }'}}
    """
    And the workflow input is:
    """yaml
    sum: 10
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    sum: 16
    """

  Scenario: A loop over nothing hands its input on
    Given a workflow that does:
    """yaml
    - loop:
        for: {in: '${ .none }'}
        do:
          - add: {set: {never: reached}}
    """
    And the workflow input is:
    """yaml
    none: []
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    none: []
    """
    And add should not run

  Scenario: A loop goes on while its condition holds
    Given a workflow that does:
    """yaml
    - loop:
        for: {in: '${ [range(100)] }'}
        while: ${ .sum < 10 }
        do:
          - add: {set: {sum: '${ .sum + 4 }'}}
    """
    And the workflow input is:
    """yaml
    sum: 0
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    sum: 12
    """
    And add should have run 3 times

  Scenario: A condition that never holds lets no round run
    Given a workflow that does:
    """yaml
    - loop:
        for: {in: '${ [1, 2] }'}
        while: ${ false }
        do:
          - add: {call: inc, with: {x: 1}}
    """
    When the workflow is executed
    Then add should not run

  Scenario: A loop in a loop sees the items of both
    Given a workflow that does:
    """yaml
    - rows:
        for: {each: row, in: '${ ["a", "b"] }'}
        do:
          - columns:
              for: {each: column, in: '${ [1, 2] }'}
              do:
                - cell: {set: {all: '${ .all + ["\($row)\($column)"] }'}}
    """
    And the workflow input is:
    """yaml
    all: []
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    all: [a1, a2, b1, b2]
    """

  Scenario: An inner item hides the outer one only inside
    Given a workflow that does:
    """yaml
    - rows:
        for: {in: '${ ["a"] }'}
        do:
          - columns:
              for: {in: '${ [1, 2] }'}
              do:
                - cell: {set: {inner: '${ $item }'}}
          - after: {set: {inner: '${ .inner }', outer: '${ $item }'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {inner: 2, outer: a}
    """

  Scenario: A loop over what is no array faults
    Given a workflow that does:
    """yaml
    - loop:
        for: {in: '${ .text }'}
        do:
          - add: {set: {never: reached}}
    """
    And the workflow input is:
    """yaml
    text: abc
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/expression
    instance: /do/0/loop
    """

  Scenario: A fault in one round ends the loop
    Given a workflow that does:
    """yaml
    - loop:
        for: {in: '${ [1, 2, 3] }'}
        do:
          - add: {call: inc, with: {x: 1}}
          - stop:
              if: ${ $item == 2 }
              raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}
    """
    When the workflow is executed
    Then the workflow should fault
    And add should have run 2 times

  Scenario: A fault that is caught in a round lets the others run
    Given a workflow that does:
    """yaml
    - loop:
        for: {in: '${ [1, 2, 3] }'}
        do:
          - attempt:
              try:
                - stop:
                    if: ${ $item == 2 }
                    raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}
                - add: {call: inc, with: {x: '${ $item }'}}
              catch: {errors: {with: {status: 418}}}
    """
    When the workflow is executed
    Then the workflow should complete
    And add should have run 2 times

  Scenario: An exit ends its round, and the next one begins
    Given a workflow that does:
    """yaml
    - loop:
        for: {in: '${ [1, 2, 3] }'}
        do:
          - skip: {if: '${ $item == 2 }', set: '${ . }', then: exit}
          - add: {set: {kept: '${ .kept + [$item] }'}}
    """
    And the workflow input is:
    """yaml
    kept: []
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    kept: [1, 3]
    """

  Scenario: An end in a round ends the workflow
    Given a workflow that does:
    """yaml
    - loop:
        for: {in: '${ [1, 2, 3] }'}
        do:
          - stop: {if: '${ $item == 2 }', set: {at: '${ $item }'}, then: end}
    - never: {set: {never: reached}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    at: 2
    """
    And never should not run

  Scenario: The items are computed once, whatever the rounds do
    Given a workflow that does:
    """yaml
    - loop:
        for: {in: '${ .list }'}
        do:
          - grow: {set: {list: '${ .list + [9] }'}}
    """
    And the workflow input is:
    """yaml
    list: [1, 2]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    list: [1, 2, 9, 9]
    """

  Scenario: A loop goes on in the round where podium was killed
    Given a workflow that does:
    """yaml
    - loop:
        for: {in: '${ [1, 2, 3] }'}
        do:
          - add: {call: inc, with: {x: '${ $item }'}}
          - nap: {wait: PT10M}
    """
    When the workflow is started
    And 15 minutes pass
    And podium is killed and started again 1 minute later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    4
    """
    And add should have been done 3 times
    And the effects should have been performed once
    And the workflow should have taken 30 minutes
