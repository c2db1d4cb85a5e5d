Feature: Branches at once

  Scenario: The outputs of branches come in the order of the document
    Given a workflow that does:
    """yaml
    - both:
        fork:
          branches:
            - slow: {do: [{nap: {wait: PT10S}}, {say: {set: {from: slow}}}]}
            - quick: {set: {from: quick}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    - {from: slow}
    - {from: quick}
    """

  Scenario: Branches wait at the same time
    Given a workflow that does:
    """yaml
    - both:
        fork:
          branches:
            - one: {wait: PT10M}
            - two: {wait: PT20M}
            - three: {wait: PT15M}
    """
    When the workflow is executed
    Then the workflow should complete
    And the workflow should have taken 20 minutes

  Scenario: Each branch has the input of the fork
    Given a workflow that does:
    """yaml
    - both:
        fork:
          branches:
            - one: {set: {got: '${ .n + 1 }'}}
            - two: {set: {got: '${ .n + 2 }'}}
    """
    And the workflow input is:
    """yaml
    n: 10
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    - {got: 11}
    - {got: 12}
    """

  Scenario: The branch that is done first wins a competition
    Given a workflow that does:
    """yaml
    - race:
        fork:
          compete: true
          branches:
            - slow: {do: [{nap: {wait: PT10S}}, {say: {set: {won: slow}}}]}
            - quick: {do: [{doze: {wait: PT5S}}, {tell: {set: {won: quick}}}]}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    won: quick
    """
    And say should not run
    And the workflow should have taken 5 seconds

  Scenario: A branch that faults does not win a competition
    Given a workflow that does:
    """yaml
    - race:
        fork:
          compete: true
          branches:
            - broken: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}}
            - slow: {do: [{nap: {wait: PT10S}}, {say: {set: {won: slow}}}]}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    won: slow
    """

  Scenario: A competition in which all branches fault has the first fault
    Given a workflow that does:
    """yaml
    - race:
        fork:
          compete: true
          branches:
            - late: {do: [{nap: {wait: PT10S}}, {stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: Late}}}}]}
            - early: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: Early}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    title: Early
    """

  Scenario: A fault in one branch ends the others
    Given a workflow that does:
    """yaml
    - both:
        fork:
          branches:
            - broken: {do: [{nap: {wait: PT5S}}, {stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}}}]}
            - slow: {do: [{doze: {wait: PT1H}}, {never: {call: inc, with: {x: 1}}}]}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    title: X
    """
    And never should have been done 0 times
    And the workflow should have taken 5 seconds

  Scenario: A fault that a branch catches itself does not disturb the others
    Given a workflow that does:
    """yaml
    - both:
        fork:
          branches:
            - careful:
                try: [{stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}}}]
                catch: {do: [{give: {set: {caught: true}}}]}
            - other: {set: {fine: true}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    - {caught: true}
    - {fine: true}
    """

  Scenario: A fork in a fork gives an array in an array
    Given a workflow that does:
    """yaml
    - outer:
        fork:
          branches:
            - inner:
                fork:
                  branches:
                    - one: {set: '${ 1 }'}
                    - two: {set: '${ 2 }'}
            - three: {set: '${ 3 }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [[1, 2], 3]
    """

  Scenario: What a branch exports the others do not see, and neither what follows
    Given a workflow that does:
    """yaml
    - before: {set: '${ . }', export: {as: '${ {from: "before"} }'}}
    - both:
        fork:
          branches:
            - one: {do: [{put: {set: '${ . }', export: {as: '${ {from: "one"} }'}}}, {see: {set: '${ $context.from }'}}]}
            - two: {do: [{nap: {wait: PT1S}}, {look: {set: '${ $context.from }'}}]}
    - after: {set: {branches: '${ . }', here: '${ $context.from }'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    branches: [one, before]
    here: before
    """

  Scenario: A loop in a branch runs beside a loop in another
    Given a workflow that does:
    """yaml
    - both:
        fork:
          branches:
            - one: {for: {in: '${ [1, 2, 3] }'}, do: [{nap: {wait: PT1M}}]}
            - two: {for: {in: '${ [1, 2] }'}, do: [{doze: {wait: PT1M}}]}
    """
    When the workflow is executed
    Then the workflow should have taken 3 minutes

  Scenario: Effects of branches are done once though podium is killed in the middle
    Given a workflow that does:
    """yaml
    - both:
        fork:
          branches:
            - one: {do: [{a: {call: inc, with: {x: 1}}}, {nap: {wait: PT10M}}, {b: {call: inc, with: {x: 1}}}]}
            - two: {do: [{c: {call: inc, with: {x: 2}}}, {doze: {wait: PT20M}}, {d: {call: inc, with: {x: 2}}}]}
    """
    When the workflow is started
    And podium is killed and started again 5 minutes later
    And 10 minutes pass
    And podium is killed and started again 1 minute later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    [2, 3]
    """
    And the effects should have been performed once
    And the workflow should have taken 20 minutes

  Scenario: Who won stays the winner when podium is killed
    Given a workflow that does:
    """yaml
    - race:
        fork:
          compete: true
          branches:
            - slow: {do: [{nap: {wait: PT10S}}, {say: {set: {won: slow}}}]}
            - quick: {set: {won: quick}}
    - rest: {wait: PT1H}
    """
    When the workflow is started
    And podium is killed and started again 30 minutes later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    won: quick
    """

  Scenario: Twenty branches call at once and keep their order
    Given a workflow that does:
    """yaml
    - many:
        fork:
          branches:
            - a: {call: inc, with: {x: 0}}
            - b: {call: inc, with: {x: 1}}
            - c: {call: inc, with: {x: 2}}
            - d: {call: inc, with: {x: 3}}
            - e: {call: inc, with: {x: 4}}
            - f: {call: inc, with: {x: 5}}
            - g: {call: inc, with: {x: 6}}
            - h: {call: inc, with: {x: 7}}
            - i: {call: inc, with: {x: 8}}
            - j: {call: inc, with: {x: 9}}
            - k: {call: inc, with: {x: 10}}
            - l: {call: inc, with: {x: 11}}
            - m: {call: inc, with: {x: 12}}
            - n: {call: inc, with: {x: 13}}
            - o: {call: inc, with: {x: 14}}
            - p: {call: inc, with: {x: 15}}
            - q: {call: inc, with: {x: 16}}
            - r: {call: inc, with: {x: 17}}
            - s: {call: inc, with: {x: 18}}
            - t: {call: inc, with: {x: 19}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]
    """
