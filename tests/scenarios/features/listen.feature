Feature: Listening to events

  Scenario: One event is enough for one
    Given a workflow that does:
    """yaml
    - hear: {listen: {to: {one: {with: {type: com.example.told}}}}}
    - done: {set: {heard: '${ . }'}}
    """
    When the workflow is started
    Then the workflow should be waiting for event: com.example.told
    When the event is published:
    """yaml
    {type: com.example.told, data: {x: 1}}
    """
    Then the workflow should complete with output:
    """yaml
    heard: [{x: 1}]
    """
    And nobody should wait for events any more

  Scenario: An event of another type wakes nobody
    Given a workflow that does:
    """yaml
    - hear: {listen: {to: {one: {with: {type: com.example.told}}}}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.else, data: {x: 1}}
    """
    Then the workflow should be waiting

  Scenario: Any of several events is enough for any
    Given a workflow that does:
    """yaml
    - hear:
        listen: {to: {any: [{with: {type: com.example.a}}, {with: {type: com.example.b}}]}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.b, data: b}
    """
    Then the workflow should complete with output:
    """yaml
    [b]
    """

  Scenario: Any of none is any event at all
    Given a workflow that does:
    """yaml
    - hear: {listen: {to: {any: []}}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.whatever, data: 5}
    """
    Then the workflow should complete with output:
    """yaml
    [5]
    """

  Scenario: All waits until each filter was met, in whatever order
    Given a workflow that does:
    """yaml
    - hear:
        listen: {to: {all: [{with: {type: com.example.a}}, {with: {type: com.example.b}}]}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.b, data: b}
    """
    Then the workflow should be waiting
    When the event is published:
    """yaml
    {type: com.example.a, data: a}
    """
    Then the workflow should complete with output:
    """yaml
    [b, a]
    """

  Scenario: A second event for a filter that was met is left aside
    Given a workflow that does:
    """yaml
    - hear:
        listen: {to: {all: [{with: {type: com.example.a}}, {with: {type: com.example.b}}]}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.a, data: 1}
    """
    And the event is published:
    """yaml
    {type: com.example.a, data: 2}
    """
    Then the workflow should be waiting
    When the event is published:
    """yaml
    {type: com.example.b, data: 3}
    """
    Then the workflow should complete with output:
    """yaml
    [1, 3]
    """

  Scenario: One event fulfils only the first of two filters that it passes
    Given a workflow that does:
    """yaml
    - hear:
        listen:
          to: {all: [{with: {type: com.example.a}}, {with: {source: 'https://scenario.example'}}]}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.a, data: 1}
    """
    Then the workflow should be waiting
    When the event is published:
    """yaml
    {type: com.example.a, data: 2}
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """

  Scenario: Any goes on until its expression holds
    Given a workflow that does:
    """yaml
    - hear: {listen: {to: {any: [{with: {type: com.example.pulse}}], until: '${ length == 3 }'}}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.pulse, data: 60}
    """
    And the event is published:
    """yaml
    {type: com.example.pulse, data: 61}
    """
    Then the workflow should be waiting
    When the event is published:
    """yaml
    {type: com.example.pulse, data: 62}
    """
    Then the workflow should complete with output:
    """yaml
    [60, 61, 62]
    """

  Scenario: Any goes on until another event comes, which is no part of it
    Given a workflow that does:
    """yaml
    - hear:
        listen:
          to:
            any: [{with: {type: com.example.pulse}}]
            until: {one: {with: {type: com.example.left}}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.pulse, data: 60}
    """
    And the event is published:
    """yaml
    {type: com.example.pulse, data: 61}
    """
    And the event is published:
    """yaml
    {type: com.example.left, data: bye}
    """
    Then the workflow should complete with output:
    """yaml
    [60, 61]
    """

  Scenario: Until may want several events
    Given a workflow that does:
    """yaml
    - hear:
        listen:
          to:
            any: [{with: {type: com.example.pulse}}]
            until: {all: [{with: {type: com.example.paid}}, {with: {type: com.example.left}}]}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.left}
    """
    And the event is published:
    """yaml
    {type: com.example.pulse, data: 60}
    """
    Then the workflow should be waiting
    When the event is published:
    """yaml
    {type: com.example.paid}
    """
    Then the workflow should complete with output:
    """yaml
    [60]
    """

  Scenario: Foreach names the event and its place
    Given a workflow that does:
    """yaml
    - hear:
        listen: {to: {any: [{with: {type: com.example.pulse}}], until: '${ length == 2 }'}}
        foreach:
          item: beat
          at: place
          do:
            - note: {set: {bpm: '${ $beat }', nth: '${ $place }'}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.pulse, data: 60}
    """
    Then note should have run 1 time
    When the event is published:
    """yaml
    {type: com.example.pulse, data: 70}
    """
    Then the workflow should complete with output:
    """yaml
    [{bpm: 60, nth: 0}, {bpm: 70, nth: 1}]
    """

  Scenario: Foreach has its own output and export
    Given a workflow that does:
    """yaml
    - hear:
        listen: {to: {any: [{with: {type: com.example.pulse}}], until: '${ length == 2 }'}}
        foreach:
          item: beat
          do:
            - note: {set: {bpm: '${ $beat }'}}
          output: {as: '${ .bpm }'}
          export: {as: '${ {sum: (($context.sum // 0) + .)} }'}
    - show: {set: {list: '${ . }', sum: '${ $context.sum }'}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.pulse, data: 60}
    """
    And the event is published:
    """yaml
    {type: com.example.pulse, data: 70}
    """
    Then the workflow should complete with output:
    """yaml
    {list: [60, 70], sum: 130}
    """

  Scenario: Events that come while foreach is busy wait for their turn
    Given a workflow that does:
    """yaml
    - hear:
        listen: {to: {any: [{with: {type: com.example.pulse}}], until: '${ length == 3 }'}}
        foreach:
          item: beat
          do:
            - nap: {wait: PT10S}
            - note: {set: {bpm: '${ $beat }'}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.pulse, data: 1}
    """
    And the event is published:
    """yaml
    {type: com.example.pulse, data: 2}
    """
    And the event is published:
    """yaml
    {type: com.example.pulse, data: 3}
    """
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    [{bpm: 1}, {bpm: 2}, {bpm: 3}]
    """
    And the workflow should have taken 30 seconds

  Scenario: An exit in foreach ends the turn of its event
    Given a workflow that does:
    """yaml
    - hear:
        listen: {to: {any: [{with: {type: com.example.pulse}}], until: '${ length == 2 }'}}
        foreach:
          item: beat
          do:
            - skip: {if: '${ $beat == 1 }', set: {skipped: true}, then: exit}
            - note: {set: {bpm: '${ $beat }'}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.pulse, data: 1}
    """
    And the event is published:
    """yaml
    {type: com.example.pulse, data: 2}
    """
    Then the workflow should complete with output:
    """yaml
    [{skipped: true}, {bpm: 2}]
    """

  Scenario: A fault in foreach is a fault of the listen, and nobody waits on
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - hear:
              listen: {to: {any: [{with: {type: com.example.pulse}}], until: '${ length == 9 }'}}
              foreach:
                item: beat
                do:
                  - bad: {raise: {error: {type: 'https://shop.example/errors/bad', status: 400, title: Bad}}}
        catch: {errors: {with: {type: 'https://shop.example/errors/bad'}}, do: [{give: {set: {caught: true}}}]}
    - nap: {wait: PT1S}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.pulse, data: 1}
    """
    Then nobody should wait for events any more
    When the workflow has ended
    Then the workflow should complete with output:
    """yaml
    caught: true
    """

  Scenario: The whole event can be read
    Given a workflow that does:
    """yaml
    - hear: {listen: {to: {one: {with: {type: com.example.told}}}, read: envelope}, output: {as: '${ .[0] }'}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.told, id: seven, subject: order/7, data: {x: 1}}
    """
    Then the workflow output should match:
    """yaml
    {id: seven, type: com.example.told, subject: order/7, source: 'https://scenario.example', data: {x: 1}}
    """

  Scenario: The data of an event can be read as the text that it is
    Given a workflow that does:
    """yaml
    - hear: {listen: {to: {one: {with: {type: com.example.told}}}, read: raw}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.told, data: {b: 1, a: [true]}}
    """
    Then the workflow should complete with output:
    """yaml
    ['{"a":[true],"b":1}']
    """

  Scenario: Binary data is read as base64
    Given a workflow that does:
    """yaml
    - hear: {listen: {to: {one: {with: {type: com.example.told}}}}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.told, datacontenttype: image/png, data_base64: iVBORw==}
    """
    Then the workflow should complete with output:
    """yaml
    [iVBORw==]
    """

  Scenario: All attributes that a filter names have to fit
    Given a workflow that does:
    """yaml
    - hear:
        listen: {to: {one: {with: {type: com.example.told, source: 'https://scenario.example', region: eu}}}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.told, region: us, data: 1}
    """
    Then the workflow should be waiting
    When the event is published:
    """yaml
    {type: com.example.told, region: eu, data: 2}
    """
    Then the workflow should complete with output:
    """yaml
    [2]
    """

  Scenario: A text with the signs of one is a regular expression over the whole attribute
    Given a workflow that does:
    """yaml
    - hear: {listen: {to: {one: {with: {type: 'com\.example\.(paid|sold)'}}}}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.paid.late, data: 1}
    """
    Then the workflow should be waiting
    When the event is published:
    """yaml
    {type: com.example.sold, data: 2}
    """
    Then the workflow should complete with output:
    """yaml
    [2]
    """

  Scenario: A filter's expression sees the data and what the run knows
    Given a workflow that does:
    """yaml
    - know: {set: {limit: 100}, export: {as: '${ . }'}}
    - hear: {listen: {to: {one: {with: {type: com.example.pulse, data: '${ .bpm > $context.limit }'}}}}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.pulse, data: {bpm: 90}}
    """
    Then the workflow should be waiting
    When the event is published:
    """yaml
    {type: com.example.pulse, data: {bpm: 120}}
    """
    Then the workflow should complete with output:
    """yaml
    - bpm: 120
    """

  Scenario: Data in a filter asks for the members that it names
    Given a workflow that does:
    """yaml
    - hear: {listen: {to: {one: {with: {type: com.example.order, data: {state: paid, by: {name: Ann}}}}}}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.order, data: {state: paid, by: {name: Bo}}}
    """
    Then the workflow should be waiting
    When the event is published:
    """yaml
    {type: com.example.order, data: {state: paid, sum: 5, by: {name: Ann, age: 40}}}
    """
    Then the workflow should complete

  Scenario: An odd event that a filter cannot be asked about wakes nobody
    Given a workflow that does:
    """yaml
    - hear: {listen: {to: {one: {with: {type: com.example.pulse, data: '${ .bpm.now > 1 }'}}}}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.pulse, data: [no, object]}
    """
    Then the workflow should be waiting

  Scenario: A listen that takes too long is an error that can be caught
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - hear: {listen: {to: {one: {with: {type: com.example.told}}}}, timeout: {after: PT1H}}
        catch:
          errors: {with: {type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout}}
          do: [{give: {set: {late: true}}}]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    late: true
    """
    And the workflow should have taken 60 minutes
    And nobody should wait for events any more

  Scenario: The same event again is heard once
    Given a workflow that does:
    """yaml
    - hear: {listen: {to: {any: [{with: {type: com.example.pulse}}], until: '${ length == 2 }'}}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.pulse, id: one, data: 1}
    """
    And the event is published:
    """yaml
    {type: com.example.pulse, id: one, data: 1}
    """
    Then the workflow should be waiting
    When the event is published:
    """yaml
    {type: com.example.pulse, id: two, data: 2}
    """
    Then the workflow should complete with output:
    """yaml
    [1, 2]
    """

  Scenario: Each branch of a fork hears an event
    Given a workflow that does:
    """yaml
    - both:
        fork:
          branches:
            - one: {listen: {to: {one: {with: {type: com.example.told}}}}}
            - two: {listen: {to: {one: {with: {type: com.example.told}}}}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.told, data: 7}
    """
    Then the workflow should complete with output:
    """yaml
    [[7], [7]]
    """

  Scenario: Every run that waits hears an event
    Given a workflow that does:
    """yaml
    - hear: {listen: {to: {one: {with: {type: com.example.told}}}}}
    """
    When the workflow is started 20 times
    And the event is published:
    """yaml
    {type: com.example.told, data: 7}
    """
    Then 20 runs of scenario should have been started
    And no run of scenario should be left

  Scenario: An event from before the listen is not heard
    Given a workflow that does:
    """yaml
    - nap: {wait: PT1M}
    - hear: {listen: {to: {one: {with: {type: com.example.told}}}}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.told, data: early}
    """
    And 2 minutes pass
    Then the workflow should be waiting for event
    When the event is published:
    """yaml
    {type: com.example.told, data: late}
    """
    Then the workflow should complete with output:
    """yaml
    [late]
    """

  Scenario: A loop misses no event between its turns
    Given a workflow that does:
    """yaml
    - loop:
        for: {in: '${ [1, 2] }'}
        do:
          - hear: {listen: {to: {one: {with: {type: com.example.told}}}}}
          - keep: {set: {list: '${ ($context.list // []) + . }'}, export: {as: '${ . }'}}
          - nap: {wait: PT1M}
    - show: {set: '${ $context }'}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.told, data: 1}
    """
    And the event is published:
    """yaml
    {type: com.example.told, data: 2}
    """
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    list: [1, 2]
    """

  Scenario: A run that was waiting when podium was killed hears its event
    Given a workflow that does:
    """yaml
    - before: {call: inc, with: {x: 1}}
    - hear: {listen: {to: {one: {with: {type: com.example.told}}}}}
    """
    When the workflow is started
    And podium is killed and started again 1 hour later
    Then the workflow should be waiting for event: com.example.told
    When the event is published:
    """yaml
    {type: com.example.told, data: 7}
    """
    Then the workflow should complete with output:
    """yaml
    [7]
    """
    And the effects should have been performed once

  Scenario: Events that were heard before podium was killed are not asked for again
    Given a workflow that does:
    """yaml
    - hear:
        listen: {to: {all: [{with: {type: com.example.a}}, {with: {type: com.example.b}}]}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.a, data: a}
    """
    And podium is killed and started again 1 hour later
    And the event is published:
    """yaml
    {type: com.example.b, data: b}
    """
    Then the workflow should complete with output:
    """yaml
    [a, b]
    """

  Scenario: Foreach goes on with the event at which podium was killed
    Given a workflow that does:
    """yaml
    - hear:
        listen: {to: {any: [{with: {type: com.example.pulse}}], until: '${ length == 2 }'}}
        foreach:
          item: beat
          do:
            - note: {call: inc, with: {x: '${ $beat }'}}
            - nap: {wait: PT10M}
            - more: {call: inc, with: {x: '${ . }'}}
    """
    When the workflow is started
    And the event is published:
    """yaml
    {type: com.example.pulse, data: 1}
    """
    And the event is published:
    """yaml
    {type: com.example.pulse, data: 10}
    """
    And podium is killed and started again 5 minutes later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    [3, 12]
    """
    And the effects should have been performed once

  Scenario: A timeout of a listen that passes while podium is down is noticed afterwards
    Given a workflow that does:
    """yaml
    - hear: {listen: {to: {one: {with: {type: com.example.told}}}}, timeout: {after: PT1H}}
    """
    When the workflow is started
    And podium is killed and started again 3 hours later
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout
    status: 408
    """

  Scenario: A cancelled run waits for nothing any more
    Given a workflow that does:
    """yaml
    - hear: {listen: {to: {one: {with: {type: com.example.told}}}}}
    """
    When the workflow is started
    And the workflow is cancelled
    And the event is published:
    """yaml
    {type: com.example.told, data: 7}
    """
    Then the workflow should be cancelled
