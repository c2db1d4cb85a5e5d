Feature: Correlation

  Scenario: A run gets the event with the key that it expects
    Given a workflow that does:
    """yaml
    - hear:
        listen:
          to:
            one:
              with: {type: com.example.paid}
              correlate: {order: {from: '${ .data.order }', expect: '${ .order }'}}
    """
    And the workflow input is:
    """yaml
    order: 42
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.paid, data: {order: 41}}
    """
    Then the workflow should be waiting
    When the event is published:
    """yaml
    {type: com.example.paid, data: {order: 42}}
    """
    Then the workflow should complete with output:
    """yaml
    - order: 42
    """

  Scenario: Fifty runs that wait for keys of their own get their own events
    Given a workflow that does:
    """yaml
    - hear:
        listen:
          to:
            one:
              with: {type: com.example.paid}
              correlate: {key: {from: '${ .data.key }', expect: '${ .key }'}}
    """
    When the workflow is started 50 times, each time with a key of its own
    And an event com.example.paid comes for each of the 50 keys, the last one first
    Then no run of scenario should be left
    And each run should have got the event with its own key

  Scenario: Fifty runs get their own events across a restart
    Given a workflow that does:
    """yaml
    - hear:
        listen:
          to:
            one:
              with: {type: com.example.paid}
              correlate: {key: {from: '${ .data.key }', expect: '${ .key }'}}
    """
    When the workflow is started 50 times, each time with a key of its own
    And podium is killed and started again 1 hour later
    And an event com.example.paid comes for each of the 50 keys, the last one first
    Then no run of scenario should be left
    And each run should have got the event with its own key

  Scenario: A key is compared as it is written
    Given a workflow that does:
    """yaml
    - hear:
        listen:
          to:
            one:
              with: {type: com.example.paid}
              correlate: {order: {from: '${ .data.order }', expect: '42'}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.paid, data: {order: 42}}
    """
    Then the workflow should complete

  Scenario: A key may stand in any part of the event
    Given a workflow that does:
    """yaml
    - hear:
        listen:
          to:
            one:
              with: {type: com.example.paid}
              correlate: {order: {from: '${ .subject | split("/")[1] }', expect: '${ .order }'}}
    """
    And the workflow input is:
    """yaml
    order: '7'
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.paid, subject: order/8}
    """
    Then the workflow should be waiting
    When the event is published:
    """yaml
    {type: com.example.paid, subject: order/7}
    """
    Then the workflow should complete

  Scenario: Every one of several keys has to fit
    Given a workflow that does:
    """yaml
    - hear:
        listen:
          to:
            one:
              with: {type: com.example.paid}
              correlate:
                shop: {from: '${ .data.shop }', expect: '${ .shop }'}
                order: {from: '${ .data.order }', expect: '${ .order }'}
    """
    And the workflow input is:
    """yaml
    {shop: berlin, order: 7}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.paid, data: {shop: paris, order: 7}}
    """
    And the event is published:
    """yaml
    {type: com.example.paid, data: {shop: berlin, order: 8}}
    """
    Then the workflow should be waiting
    When the event is published:
    """yaml
    {type: com.example.paid, data: {shop: berlin, order: 7}}
    """
    Then the workflow should complete

  Scenario: Without an expectation the first event sets it
    Given a workflow that does:
    """yaml
    - hear:
        listen:
          to:
            any: [{with: {type: com.example.pulse}, correlate: {who: {from: '${ .data.who }'}}}]
            until: ${ length == 2 }
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.pulse, data: {who: ann, bpm: 60}}
    """
    And the event is published:
    """yaml
    {type: com.example.pulse, data: {who: bo, bpm: 61}}
    """
    Then the workflow should be waiting
    When the event is published:
    """yaml
    {type: com.example.pulse, data: {who: ann, bpm: 62}}
    """
    Then the workflow should complete with output:
    """yaml
    [{who: ann, bpm: 60}, {who: ann, bpm: 62}]
    """

  Scenario: The first event's key holds for all filters that use its name
    Given a workflow that does:
    """yaml
    - hear:
        listen:
          to:
            all:
              - {with: {type: com.example.paid}, correlate: {order: {from: '${ .data.order }'}}}
              - {with: {type: com.example.sent}, correlate: {order: {from: '${ .data.about }'}}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.paid, data: {order: 7}}
    """
    And the event is published:
    """yaml
    {type: com.example.sent, data: {about: 8}}
    """
    Then the workflow should be waiting
    When the event is published:
    """yaml
    {type: com.example.sent, data: {about: 7}}
    """
    Then the workflow should complete with output:
    """yaml
    [{order: 7}, {about: 7}]
    """

  Scenario: What the first event has set holds after a restart
    Given a workflow that does:
    """yaml
    - hear:
        listen:
          to:
            all:
              - {with: {type: com.example.paid}, correlate: {order: {from: '${ .data.order }'}}}
              - {with: {type: com.example.sent}, correlate: {order: {from: '${ .data.order }'}}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.paid, data: {order: 7}}
    """
    And podium is killed and started again 1 minute later
    And the event is published:
    """yaml
    {type: com.example.sent, data: {order: 8}}
    """
    Then the workflow should be waiting
    When the event is published:
    """yaml
    {type: com.example.sent, data: {order: 7}}
    """
    Then the workflow should complete

  Scenario: An event without the key wakes nobody
    Given a workflow that does:
    """yaml
    - hear:
        listen:
          to: {one: {with: {type: com.example.paid}, correlate: {order: {from: '${ .data.order }'}}}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.paid, data: {other: 1}}
    """
    Then the workflow should be waiting

  Scenario: An expectation that is nothing faults the task
    Given a workflow that does:
    """yaml
    - hear:
        listen:
          to:
            one:
              with: {type: com.example.paid}
              correlate: {order: {from: '${ .data.order }', expect: '${ .order }'}}
    """
    And the workflow input is:
    """yaml
    other: 1
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/expression
    instance: /do/0/hear
    """
    And the error should say: which is null here

  Scenario: An answer that came before the run listened is heard where it says for whom it is
    Given a workflow that does:
    """yaml
    - nap: {wait: PT1M}
    - hear:
        listen:
          to:
            one:
              with: {type: com.example.paid}
              correlate: {order: {from: '${ .data.order }', expect: '${ .order }'}}
    """
    And the workflow input is:
    """yaml
    order: 7
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.paid, data: {order: 7}}
    """
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    - order: 7
    """

  Scenario: An event from before the run was asked for is not heard
    Given a workflow that does:
    """yaml
    - hear:
        listen:
          to:
            one:
              with: {type: com.example.paid}
              correlate: {order: {from: '${ .data.order }', expect: '${ .order }'}}
    """
    And the workflow input is:
    """yaml
    order: 7
    """
    When the event is published:
    """yaml
    {type: com.example.paid, data: {order: 7}}
    """
    And 1 second passes
    And the workflow is started
    Then the workflow should be waiting

  Scenario: A run consumes an event once, also where two of its tasks would hear it
    Given a workflow that does:
    """yaml
    - first:
        listen:
          to:
            one:
              with: {type: com.example.paid}
              correlate: {order: {from: '${ .data.order }', expect: '${ $workflow.input.order }'}}
    - second:
        listen:
          to:
            one:
              with: {type: com.example.paid}
              correlate: {order: {from: '${ .data.order }', expect: '${ $workflow.input.order }'}}
    """
    And the workflow input is:
    """yaml
    order: 7
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.paid, data: {order: 7, n: 1}}
    """
    Then the workflow should be waiting for event: com.example.paid
    When the event is published:
    """yaml
    {type: com.example.paid, data: {order: 7, n: 2}}
    """
    Then the workflow should complete with output:
    """yaml
    - {order: 7, n: 2}
    """
