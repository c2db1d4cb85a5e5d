Feature: Waiting

  Scenario: A wait takes its time
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: nap, version: '1.0.0'}
    do:
      - nap: {wait: {minutes: 5}}
      - done: {set: {slept: true}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    slept: true
    """
    And the workflow should have taken 5 minutes

  Scenario: A wait goes on where it was when podium is killed
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: nap, version: '1.0.0'}
    do:
      - first: {call: inc, with: {x: 1}}
      - nap: {wait: {minutes: 5}}
      - second: {call: inc, with: {x: '${ . }'}}
    """
    When the workflow is started
    And 2 minutes pass
    Then the workflow should be waiting for timer: 300 s at nap
    When podium is killed and started again 1 minute later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    3
    """
    And the effects should have been performed once
    And the workflow should have taken 5 minutes

  Scenario: A paused run does not count the time in which it stood still
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: nap, version: '1.0.0'}
    do:
      - nap: {wait: {minutes: 5}}
      - done: {set: {slept: true}}
    """
    When the workflow is started
    And 2 minutes pass
    And the workflow is paused
    Then the workflow should be suspended
    When 60 minutes pass
    And the workflow is resumed
    And 2 minutes pass
    Then the workflow should be waiting
    When 61 seconds pass
    Then the workflow should complete

  Scenario: A wait of an ISO 8601 duration takes its time
    Given a workflow that does:
    """yaml
    - nap: {wait: PT1H30M}
    """
    When the workflow is executed
    Then the workflow should have taken 90 minutes

  Scenario: The parts of a duration add up
    Given a workflow that does:
    """yaml
    - nap: {wait: {days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 500}}
    """
    When the workflow is executed
    Then the workflow should have taken 93784.5 seconds

  Scenario: A wait hands its input on
    Given a workflow that does:
    """yaml
    - nap: {wait: PT1S}
    """
    And the workflow input is:
    """yaml
    kept: [1, 2]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    kept: [1, 2]
    """

  Scenario: A wait may be computed from the input
    Given a workflow that does:
    """yaml
    - nap: {wait: '${ .pause }'}
    """
    And the workflow input is:
    """yaml
    pause: PT20M
    """
    When the workflow is executed
    Then the workflow should have taken 20 minutes

  Scenario: A computed wait that is no duration faults
    Given a workflow that does:
    """yaml
    - nap: {wait: '${ .pause }'}
    """
    And the workflow input is:
    """yaml
    pause: soon
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    instance: /do/0/nap
    """
    And the error should say: is no duration

  Scenario: A wait of no time passes at once
    Given a workflow that does:
    """yaml
    - nap: {wait: PT0S}
    - done: {set: {slept: false}}
    """
    When the workflow is executed
    Then the workflow should complete
    And the workflow should have taken 0 seconds

  Scenario: Waits one after the other add up
    Given a workflow that does:
    """yaml
    - one: {wait: PT10S}
    - two: {wait: PT20S}
    - three: {set: {done: true}}
    """
    When the workflow is executed
    Then three should have begun after:
    """yaml
    [30]
    """

  Scenario: A wait whose condition does not hold is passed over
    Given a workflow that does:
    """yaml
    - nap: {if: '${ .tired }', wait: PT8H}
    - done: {set: {slept: false}}
    """
    And the workflow input is:
    """yaml
    tired: false
    """
    When the workflow is executed
    Then nap should not run
    And the workflow should have taken 0 seconds

  Scenario: A wait that is over while podium is down goes on at once
    Given a workflow that does:
    """yaml
    - nap: {wait: PT5M}
    - after: {call: inc, with: {x: 1}}
    """
    When the workflow is started
    And podium is killed and started again 2 hours later
    Then the workflow should complete with output:
    """yaml
    2
    """

  Scenario: A wait of thirty days outlives ten restarts
    Given a workflow that does:
    """yaml
    - before: {call: inc, with: {x: 1}}
    - nap: {wait: P30D}
    - after: {call: inc, with: {x: 1}}
    """
    When the workflow is started
    And podium is killed and started again 3 days later
    And podium is killed and started again 3 days later
    And podium is killed and started again 3 days later
    And podium is killed and started again 3 days later
    And podium is killed and started again 3 days later
    And podium is killed and started again 3 days later
    And podium is killed and started again 3 days later
    And podium is killed and started again 3 days later
    And podium is killed and started again 3 days later
    And podium is killed and started again 1 day later
    Then the workflow should be waiting for timer
    When the workflow has ended
    Then the workflow should have taken 30 days
    And the effects should have been performed once

  Scenario: A clock that is set forward ends a wait whose moment has come
    Given a workflow that does:
    """yaml
    - nap: {wait: PT2H}
    """
    When the workflow is started
    And 10 minutes pass
    And the clock is set forward by 2 hours
    And 65 seconds pass
    Then the workflow should complete

  Scenario: A clock that is set forward by less leaves the rest of a wait
    Given a workflow that does:
    """yaml
    - nap: {wait: PT2H}
    """
    When the workflow is started
    And the clock is set forward by 1 hour
    And 50 minutes pass
    Then the workflow should be waiting
    When 12 minutes pass
    Then the workflow should complete

  Scenario: A clock that is set back makes a wait so much longer
    Given a workflow that does:
    """yaml
    - nap: {wait: PT1H}
    """
    When the workflow is started
    And 30 minutes pass
    And the clock is set back by 30 minutes
    And 50 minutes pass
    Then the workflow should be waiting
    When 11 minutes pass
    Then the workflow should complete

  Scenario: A clock that is set back while podium is down does not end a wait early
    Given a workflow that does:
    """yaml
    - nap: {wait: PT1H}
    """
    When the workflow is started
    And the clock is set back by 10 minutes
    And podium is killed and started again 65 minutes later
    Then the workflow should be waiting
    When 6 minutes pass
    Then the workflow should complete

  Scenario: A hundred runs wait at once and all of them end
    Given a workflow that does:
    """yaml
    - nap: {wait: PT10M}
    """
    When the workflow is started 100 times
    And 11 minutes pass
    Then the workflow should complete
    And 100 runs of scenario should have been started
    And no run of scenario should be left
