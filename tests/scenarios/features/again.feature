Feature: Going back in a run

  Scenario: A faulted run that is resumed tries its failed step again, and nothing before it
    Given a workflow that does:
    """yaml
    - before: {call: inc, with: {x: 1}}
    - ask: {call: http, with: {method: post, endpoint: 'https://shop.example/a'}}
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
    And before should have been done 1 time
    And the service at https://shop.example should have been asked with the same key each time

  Scenario: A run that is retried from a task does everything from there on again
    Given a workflow that does:
    """yaml
    - first: {call: inc, with: {x: 1}}
    - second: {call: inc, with: {x: '${ . }'}}
    - third: {call: inc, with: {x: '${ . }'}}
    """
    When the workflow is executed
    And the workflow is retried from /do/second
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    4
    """
    And first should have been done 1 time
    And second should have been done 2 times
    And third should have been done 2 times

  Scenario: A task that is retried may get another input
    Given a workflow that does:
    """yaml
    - first: {call: inc, with: {x: 1}}
    - second: {call: inc, with: {x: '${ . }'}}
    """
    When the workflow is executed
    And the workflow is retried from /do/second with the input:
    """yaml
    100
    """
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    101
    """
    And first should have been done 1 time

  Scenario: An input that was given once stays when podium is killed
    Given a workflow that does:
    """yaml
    - first: {call: inc, with: {x: 1}}
    - second: {call: inc, with: {x: '${ . }'}}
    - nap: {wait: PT1H}
    """
    When the workflow is executed
    And the workflow is retried from /do/second with the input:
    """yaml
    100
    """
    And podium is killed and started again 10 minutes later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    101
    """
    And second should have been done 2 times

  Scenario: A round of a loop can be gone back to
    Given a workflow that does:
    """yaml
    - loop:
        for: {in: '${ [10, 20, 30] }'}
        do:
          - add: {call: inc, with: {x: '${ $item }'}}
    """
    When the workflow is executed
    And the workflow is retried from /do/loop[1]/add
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    31
    """
    And add should have been done 5 times

  Scenario: What other branches did stays when one is gone back to
    Given a workflow that does:
    """yaml
    - both:
        fork:
          branches:
            - one: {call: inc, with: {x: 1}}
            - two: {call: inc, with: {x: 2}}
    """
    When the workflow is executed
    And the workflow is retried from /do/both/fork/two
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    [2, 3]
    """
    And one should have been done 1 time
    And two should have been done 2 times

  Scenario: A wait that is gone back to takes its time again
    Given a workflow that does:
    """yaml
    - first: {call: inc, with: {x: 1}}
    - nap: {wait: PT10M}
    """
    When the workflow is executed
    And the workflow is retried from /do/first
    And 5 minutes pass
    Then the workflow should be waiting
    When 6 minutes pass
    Then the workflow should complete

  Scenario: A run that goes on cannot be retried
    Given a workflow that does:
    """yaml
    - nap: {wait: PT10M}
    """
    When the workflow is started
    And somebody tries to retry the workflow from /do/nap
    Then the change should have been refused, saying: cancel or pause it

  Scenario: A task that the document does not have cannot be gone back to
    Given a workflow that does:
    """yaml
    - first: {set: {a: 1}}
    """
    When the workflow is executed
    And somebody tries to retry the workflow from /do/nothing
    Then the change should have been refused, saying: has no task at '/do/nothing'

  Scenario: A fork of a run shares what was done before, and the first run stays
    Given a workflow that does:
    """yaml
    - first: {call: inc, with: {x: 1}}
    - second: {call: inc, with: {x: '${ . }'}}
    """
    When the workflow is executed
    And the workflow is forked from /do/second
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    3
    """
    And first should have been done 1 time
    And second should have been done 2 times
    And 2 runs should exist
    And the first run should be completed with the output:
    """yaml
    3
    """

  Scenario: A fork of a run may try another input
    Given a workflow that does:
    """yaml
    - first: {call: inc, with: {x: 1}}
    - second: {call: inc, with: {x: '${ . }'}}
    """
    When the workflow is executed
    And the workflow is forked from /do/second with the input:
    """yaml
    40
    """
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    41
    """
    And the first run should be completed with the output:
    """yaml
    3
    """

  Scenario: A faulted run is forked into a version of the document that mends it
    Given a workflow that does:
    """yaml
    - first: {call: inc, with: {x: 1}}
    - second: {set: {sum: '${ . + "one" }'}}
    """
    And its version 1.1.0 does:
    """yaml
    - first: {call: inc, with: {x: 1}}
    - second: {set: {sum: '${ . + 1 }'}}
    """
    When the workflow is executed
    Then the workflow should fault
    When the workflow is forked from /do/second into version 1.1.0
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    sum: 3
    """
    And first should have been done 1 time
    And the first run should be faulted

  Scenario: A run is forked while it goes on
    Given a workflow that does:
    """yaml
    - first: {call: inc, with: {x: 1}}
    - nap: {wait: PT1H}
    """
    When the workflow is started
    And the workflow is forked from /do/nap
    And 2 hours pass
    Then the workflow should complete
    And the first run should be completed
    And first should have been done 1 time

  Scenario: A run that waits stays on its version when a newer one is stored
    Given a workflow that does:
    """yaml
    - nap: {wait: PT1H}
    - say: {set: {version: 1}}
    """
    When the workflow is started
    And a newer version 2.0.0 is stored that does:
    """yaml
    - nap: {wait: PT1H}
    - say: {set: {version: 2}}
    """
    And podium is killed and started again 10 minutes later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    version: 1
    """
