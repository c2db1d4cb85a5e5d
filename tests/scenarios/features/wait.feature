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
