Feature: Emitting events

  Scenario: An event that says no more than its type has all that it needs
    Given a workflow that does:
    """yaml
    - tell: {emit: {event: {with: {type: com.example.told}}}}
    """
    When the workflow is executed
    Then the event com.example.told should have the attributes specversion, id, source, type and time
    And the event com.example.told should have the attributes:
    """yaml
    specversion: '1.0'
    source: /api/v1/workflows/test/scenario
    """
    And the id of the event com.example.told should be that of its run and its task /do/tell

  Scenario: What an event says of itself stands
    Given a workflow that does:
    """yaml
    - tell:
        emit:
          event:
            with: {id: seven, source: 'https://shop.example', type: com.example.told, subject: order/7, region: eu}
    """
    When the workflow is executed
    Then the event com.example.told should have the attributes:
    """yaml
    {id: seven, source: 'https://shop.example', subject: order/7, region: eu}
    """

  Scenario: The time of an event is that of its run
    Given the time is 2026-11-22T10:30:00+00:00
    And a workflow that does:
    """yaml
    - nap: {wait: PT1H}
    - tell: {emit: {event: {with: {type: com.example.told}}}, output: {as: '${ .time[0:16] }'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    '2026-11-22T11:30'
    """

  Scenario: Attributes and data are computed from the input of the task
    Given a workflow that does:
    """yaml
    - tell:
        input: {from: '${ .order }'}
        emit:
          event:
            with:
              type: com.example.sold
              subject: ${ "order/\(.id)" }
              data: {id: '${ .id }', sum: '${ [.prices[]] | add }'}
    """
    And the workflow input is:
    """yaml
    order: {id: 7, prices: [1, 2, 3]}
    """
    When the workflow is executed
    Then the event com.example.sold should have the attributes:
    """yaml
    subject: order/7
    datacontenttype: application/json
    data: {id: 7, sum: 6}
    """

  Scenario: The output of an emit is the event that was published
    Given a workflow that does:
    """yaml
    - tell: {emit: {event: {with: {id: seven, type: com.example.told, data: {x: 1}}}}}
    """
    When the workflow is executed
    Then the workflow output should match:
    """yaml
    {id: seven, type: com.example.told, data.x: 1}
    """

  Scenario: Each turn of a loop publishes an event of its own
    Given a workflow that does:
    """yaml
    - loop:
        for: {in: '${ [1, 2, 3] }'}
        do:
          - tell: {emit: {event: {with: {type: com.example.told, data: '${ $item }'}}}}
    """
    When the workflow is executed
    Then the 3 events com.example.told should have ids of their own

  Scenario: The same id of the same source is the same event
    Given a workflow that does:
    """yaml
    - one: {emit: {event: {with: {id: seven, type: com.example.told, data: first}}}}
    - two: {emit: {event: {with: {id: seven, type: com.example.told, data: second}}}}
    """
    When the workflow is executed
    Then the workflow output should match:
    """yaml
    data: first
    """
    And the event com.example.told should have been published 1 time

  Scenario: An event keeps its id when podium dies before it is recorded
    Given a workflow that does:
    """yaml
    - tell: {emit: {event: {with: {type: com.example.told}}}}
    - nap: {wait: PT1M}
    """
    And podium dies as soon as the event com.example.told is stored
    When the workflow is started
    And podium is killed and started again 1 minute later
    And the workflow has ended
    Then the workflow should complete
    And the event com.example.told should have been published 1 time
    And the id of the event com.example.told should be that of its run and its task /do/tell

  Scenario: An event that was recorded is not published again after a restart
    Given a workflow that does:
    """yaml
    - tell: {emit: {event: {with: {type: com.example.told, data: {x: 1}}}}}
    - nap: {wait: PT1H}
    """
    When the workflow is started
    And podium is killed and started again 10 minutes later
    And the workflow has ended
    Then the workflow should complete
    And the event com.example.told should have been published 1 time

  Scenario: An event whose computed type is nothing faults the task
    Given a workflow that does:
    """yaml
    - tell: {emit: {event: {with: {type: '${ .nothing }'}}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    status: 400
    instance: /do/0/tell
    """

  Scenario: An event that one workflow emits wakes a run of another
    Given a workflow that does:
    """yaml
    - hear: {listen: {to: {one: {with: {type: com.example.told}}}}}
    """
    And another workflow teller that does:
    """yaml
    - tell: {emit: {event: {with: {type: com.example.told, data: {from: teller}}}}}
    """
    When the workflow is started
    And a run of teller is started
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    - from: teller
    """

  Scenario: What an event says about its data goes with it
    Given a workflow that does:
    """yaml
    - tell:
        emit:
          event:
            with:
              type: com.example.told
              datacontenttype: text/plain
              dataschema: https://schemas.example/told.json
              data: just a text
    """
    When the workflow is executed
    Then the event com.example.told should have the attributes:
    """yaml
    {datacontenttype: text/plain, dataschema: 'https://schemas.example/told.json', data: just a text}
    """
