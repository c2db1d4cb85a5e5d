Feature: Restarts

  Scenario: An effect that was under way is performed again with the same key
    Given a workflow that does:
    """yaml
    - ask: {call: http, with: {method: post, endpoint: 'https://shop.example/pay'}}
    """
    And the service at https://shop.example answers:
    """yaml
    - {after: 60, body: {paid: 1}}
    - {body: {paid: 1}}
    """
    When the workflow is started
    And podium is killed and started again 10 seconds later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    paid: 1
    """
    And the service at https://shop.example should have been asked 2 times
    And the service at https://shop.example should have been asked with the same key each time

  Scenario: An effect that was recorded is never performed again
    Given a workflow that does:
    """yaml
    - ask: {call: http, with: {method: post, endpoint: 'https://shop.example/pay'}}
    - nap: {wait: PT1H}
    """
    And the service at https://shop.example answers:
    """yaml
    - {body: {paid: 1}}
    """
    When the workflow is started
    And podium is killed and started again 1 minute later
    And podium is killed and started again 1 minute later
    And podium is killed and started again 1 minute later
    And the workflow has ended
    Then the service at https://shop.example should have been asked 1 time

  Scenario: A fault that was recorded is the same fault after a restart
    Given a workflow that does:
    """yaml
    - attempt:
        try: [{ask: {call: http, with: {method: post, endpoint: 'https://shop.example/pay'}}}]
        catch: {do: [{nap: {wait: PT1H}}, {give: {set: {status: '${ $error.status }'}}}]}
    """
    And the service at https://shop.example answers:
    """yaml
    - {status: 409}
    - {body: {paid: 1}}
    """
    When the workflow is started
    And podium is killed and started again 1 minute later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    status: 409
    """
    And the service at https://shop.example should have been asked 1 time

  Scenario: Only the branch whose call was under way makes it again
    Given a workflow that does:
    """yaml
    - both:
        fork:
          branches:
            - quick: {call: http, with: {method: post, endpoint: 'https://quick.example/a'}}
            - slow: {call: http, with: {method: post, endpoint: 'https://slow.example/a'}}
    """
    And the service at https://quick.example answers:
    """yaml
    - {body: 1}
    """
    And the service at https://slow.example answers:
    """yaml
    - {after: 60, body: 2}
    - {body: 2}
    """
    When the workflow is started
    And podium is killed and started again 10 seconds later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """
    And the service at https://quick.example should have been asked 1 time
    And the service at https://slow.example should have been asked 2 times

  Scenario: What was exported is there again after a restart
    Given a workflow that does:
    """yaml
    - remember: {call: inc, with: {x: 1}, export: {as: '${ {kept: .} }'}}
    - nap: {wait: PT1H}
    - recall: {set: {kept: '${ $context.kept }'}}
    """
    When the workflow is started
    And podium is killed and started again 1 minute later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    kept: 2
    """

  Scenario: A question that waits for its answer goes on waiting after a restart
    Given a workflow that does:
    """yaml
    - question: {call: ask}
    """
    When the workflow is started
    Then the workflow should be waiting for approval: ask
    When podium is killed and started again 20 seconds later
    Then the workflow should be waiting for approval: ask
    When the workflow has ended
    Then the workflow should complete with output:
    """yaml
    expired: true
    """
    And the effects should have been performed once
    And the workflow should have taken 60 seconds

  Scenario: A deadline of a call begins anew with a call that is made again
    Given a workflow that does:
    """yaml
    - ask:
        call: http
        with: {method: post, endpoint: 'https://shop.example/pay'}
        timeout: {after: PT30S}
    """
    And the service at https://shop.example answers:
    """yaml
    - {after: 25, body: never}
    - {after: 20, body: {paid: 1}}
    """
    When the workflow is started
    And 15 seconds pass
    And podium is killed and started again 10 minutes later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    paid: 1
    """

  Scenario: The same key starts one run
    Given a workflow that does:
    """yaml
    - add: {call: inc, with: {x: 1}}
    - nap: {wait: PT1H}
    """
    When the workflow is started with the key order-17
    And the workflow is started with the key order-17
    And the workflow is started with the key order-17
    Then 1 run of scenario should have been started
    And add should have been done 1 time

  Scenario: The same key starts one run, also after a restart
    Given a workflow that does:
    """yaml
    - add: {call: inc, with: {x: 1}}
    """
    When the workflow is started with the key order-17
    And podium is killed and started again 1 hour later
    And the workflow is started with the key order-17
    Then 1 run of scenario should have been started
    And add should have been done 1 time

  Scenario: The same key with another input is refused
    Given a workflow that does:
    """yaml
    - add: {set: {x: 1}}
    """
    When the workflow is started with the key order-17 and the input:
    """yaml
    n: 1
    """
    And the workflow is started with the key order-17 and the input:
    """yaml
    n: 2
    """
    Then the change should have been refused, saying: order-17
    And 1 run of scenario should have been started

  Scenario: Other keys start other runs
    Given a workflow that does:
    """yaml
    - add: {call: inc, with: {x: 1}}
    """
    When the workflow is started with the key one
    And the workflow is started with the key two
    Then 2 runs of scenario should have been started

  Scenario: A hundred runs that were under way all go on after a restart
    Given a workflow that does:
    """yaml
    - add: {call: inc, with: {x: 1}}
    - nap: {wait: PT1M}
    - more: {call: inc, with: {x: 2}}
    """
    When the workflow is started 100 times
    And podium is killed and started again 30 seconds later
    And 2 minutes pass
    Then no run of scenario should be left
    And add should have been done 100 times
    And more should have been done 100 times

  Scenario: A call that is made for many items goes on with those that are left
    Given a workflow that does:
    """yaml
    - many: {call: each, with: {items: [1, 2, 3, 4]}}
    - nap: {wait: PT1H}
    """
    When the workflow is started
    And podium is killed and started again 1 minute later
    And the workflow has ended
    Then the workflow should complete
    And many should have been done 4 times
    And the effects should have been performed once

  Scenario: A clock that is set back does not end a run before it began
    Given a workflow that does:
    """yaml
    - one: {call: inc, with: {x: 1}}
    - nap: {wait: PT1M}
    - two: {call: inc, with: {x: 1}}
    """
    When the workflow is started
    And the clock is set back by 30 seconds
    And the workflow has ended
    Then the workflow should complete
    And one should run before two
    And the workflow should have taken 1 minute

  Scenario: A clock that is set forward while a try again waits lets it come sooner
    Given a workflow that does:
    """yaml
    - attempt:
        try: [{ask: {call: flaky, with: {ok_at: 2}}}]
        catch: {retry: {delay: PT1H, limit: {attempt: {count: 1}}}}
    """
    When the workflow is started
    And the clock is set forward by 1 hour
    And 65 seconds pass
    Then the workflow should complete
    And ask should have run 2 times
