Feature: Cancelling, pausing and resuming

  Scenario: A run that is cancelled does nothing more
    Given a workflow that does:
    """yaml
    - nap: {wait: PT1H}
    - never: {call: inc, with: {x: 1}}
    """
    When the workflow is started
    And the workflow is cancelled
    And 2 hours pass
    Then the workflow should be cancelled
    And never should have been done 0 times

  Scenario: A run is cancelled in the middle of a call
    Given a workflow that does:
    """yaml
    - ask: {call: http, with: {method: post, endpoint: 'https://shop.example/a'}}
    - never: {call: inc, with: {x: 1}}
    """
    And the service at https://shop.example answers:
    """yaml
    - {after: 60, body: late}
    """
    When the workflow is started
    And the workflow is cancelled
    And 2 minutes pass
    Then the workflow should be cancelled
    And never should have been done 0 times

  Scenario: A run that waits before a try again can be cancelled
    Given a workflow that does:
    """yaml
    - attempt:
        try: [{ask: {call: flaky, with: {ok_at: 9}}}]
        catch: {retry: {delay: PT1H, limit: {attempt: {count: 5}}}}
    """
    When the workflow is started
    And the workflow is cancelled
    And 10 hours pass
    Then the workflow should be cancelled
    And ask should have run 1 time

  Scenario: Cancelling cannot be caught
    Given a workflow that does:
    """yaml
    - attempt:
        try: [{nap: {wait: PT1H}}]
        catch: {do: [{handle: {call: inc, with: {x: 1}}}]}
    """
    When the workflow is started
    And the workflow is cancelled
    And 2 hours pass
    Then handle should have been done 0 times

  Scenario: All branches of a cancelled run stop
    Given a workflow that does:
    """yaml
    - both:
        fork:
          branches:
            - one: {do: [{nap: {wait: PT1M}}, {a: {call: inc, with: {x: 1}}}]}
            - two: {do: [{doze: {wait: PT2M}}, {b: {call: inc, with: {x: 1}}}]}
    """
    When the workflow is started
    And the workflow is cancelled
    And 10 minutes pass
    Then a should have been done 0 times
    And b should have been done 0 times

  Scenario: A run that has ended cannot be cancelled
    Given a workflow that does:
    """yaml
    - done: {set: {done: true}}
    """
    When the workflow is executed
    And somebody tries to cancel the workflow
    Then the change should have been refused, saying: there is nothing to cancel
    And the workflow should complete

  Scenario: A run that has ended cannot be paused
    Given a workflow that does:
    """yaml
    - done: {set: {done: true}}
    """
    When the workflow is executed
    And somebody tries to pause the workflow
    Then the change should have been refused, saying: there is nothing to pause

  Scenario: A run that goes on cannot be resumed
    Given a workflow that does:
    """yaml
    - nap: {wait: PT1H}
    """
    When the workflow is started
    And somebody tries to resume the workflow
    Then the change should have been refused, saying: can be resumed

  Scenario: A run that is cancelled stays so over a restart
    Given a workflow that does:
    """yaml
    - nap: {wait: PT1H}
    - never: {call: inc, with: {x: 1}}
    """
    When the workflow is started
    And the workflow is cancelled
    And podium is killed and started again 2 hours later
    Then the workflow should be cancelled
    And never should have been done 0 times

  Scenario: A cancelled run that is resumed goes on where it was
    Given a workflow that does:
    """yaml
    - before: {call: inc, with: {x: 1}}
    - nap: {wait: PT10M}
    - after: {call: inc, with: {x: '${ . }'}}
    """
    When the workflow is started
    And the workflow is cancelled
    And 1 hour passes
    And the workflow is resumed
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    3
    """
    And before should have been done 1 time

  Scenario: A call that is under way ends before a paused run stands still
    Given a workflow that does:
    """yaml
    - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/a'}}
    - after: {call: inc, with: {x: 1}}
    """
    And the service at https://shop.example answers:
    """yaml
    - {after: 60, body: {ok: true}}
    """
    When the workflow is started
    And the workflow is paused
    Then the workflow should be running
    When 2 minutes pass
    Then the workflow should be suspended
    And after should have been done 0 times
    When the workflow is resumed
    And the workflow has ended
    Then the workflow should complete
    And the service at https://shop.example should have been asked 1 time

  Scenario: A pause that is taken back before the call ends lets the run go on
    Given a workflow that does:
    """yaml
    - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/a'}}
    - after: {call: inc, with: {x: 1}}
    """
    And the service at https://shop.example answers:
    """yaml
    - {after: 60, body: {ok: true}}
    """
    When the workflow is started
    And the workflow is paused
    And the workflow is resumed
    And 2 minutes pass
    Then the workflow should complete with output:
    """yaml
    2
    """

  Scenario: A run that is paused stays so over a restart
    Given a workflow that does:
    """yaml
    - nap: {wait: PT10M}
    - after: {call: inc, with: {x: 1}}
    """
    When the workflow is started
    And the workflow is paused
    And podium is killed and started again 1 hour later
    Then the workflow should be suspended
    And after should have been done 0 times
    When the workflow is resumed
    And the workflow has ended
    Then the workflow should complete

  Scenario: A pause that was asked for is kept when podium is killed during the call
    Given a workflow that does:
    """yaml
    - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/a'}}
    - after: {call: inc, with: {x: 1}}
    """
    And the service at https://shop.example answers:
    """yaml
    - {after: 60, body: {ok: true}}
    """
    When the workflow is started
    And the workflow is paused
    And podium is killed and started again 10 seconds later
    And 5 minutes pass
    Then the workflow should be suspended
    And after should have been done 0 times

  Scenario: A paused run can be cancelled
    Given a workflow that does:
    """yaml
    - nap: {wait: PT10M}
    """
    When the workflow is started
    And the workflow is paused
    And the workflow is cancelled
    Then the workflow should be cancelled

  Scenario: A run in branches stands still in all of them
    Given a workflow that does:
    """yaml
    - both:
        fork:
          branches:
            - one: {do: [{nap: {wait: PT1M}}, {a: {call: inc, with: {x: 1}}}]}
            - two: {do: [{doze: {wait: PT2M}}, {b: {call: inc, with: {x: 2}}}]}
    """
    When the workflow is started
    And the workflow is paused
    And 1 hour passes
    Then a should have been done 0 times
    And b should have been done 0 times
    When the workflow is resumed
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    [2, 3]
    """

  Scenario: Two pauses add up
    Given a workflow that does:
    """yaml
    - nap: {wait: PT10M}
    """
    When the workflow is started
    And 2 minutes pass
    And the workflow is paused
    And 1 hour passes
    And the workflow is resumed
    And 2 minutes pass
    And the workflow is paused
    And 1 hour passes
    And the workflow is resumed
    And 5 minutes pass
    Then the workflow should be waiting
    When 2 minutes pass
    Then the workflow should complete
