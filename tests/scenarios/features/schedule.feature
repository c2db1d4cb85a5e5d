Feature: Schedules

  Scenario: Every begins one interval after it was stored, and keeps its rhythm
    Given the time is 2026-11-22T10:00:00+00:00
    And a workflow with:
    """yaml
    schedule: {every: PT10M}
    do: [{note: {set: {done: true}}}]
    """
    When 35 minutes pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-11-22T10:10:00+00:00', '2026-11-22T10:20:00+00:00', '2026-11-22T10:30:00+00:00']
    """
    And the runs of scenario should have the inputs:
    """yaml
    [{}, {}, {}]
    """

  Scenario: Every does not wait for a run that takes longer
    Given the time is 2026-11-22T10:00:00+00:00
    And a workflow with:
    """yaml
    schedule: {every: {minutes: 10}}
    do: [{nap: {wait: PT25M}}]
    """
    When 31 minutes pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-11-22T10:10:00+00:00', '2026-11-22T10:20:00+00:00', '2026-11-22T10:30:00+00:00']
    """

  Scenario: After waits for the end of the run before
    Given the time is 2026-11-22T10:00:00+00:00
    And a workflow with:
    """yaml
    schedule: {after: PT10M}
    do: [{nap: {wait: PT5M}}]
    """
    When 32 minutes pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-11-22T10:00:00+00:00', '2026-11-22T10:15:00+00:00', '2026-11-22T10:30:00+00:00']
    """

  Scenario: After goes on when a run has faulted
    Given the time is 2026-11-22T10:00:00+00:00
    And a workflow with:
    """yaml
    schedule: {after: PT10M}
    do: [{stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 500, title: X}}}}]
    """
    When 11 minutes pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-11-22T10:00:00+00:00', '2026-11-22T10:10:00+00:00']
    """

  Scenario: Cron without a time zone is read in UTC
    Given the time is 2026-07-01T00:00:00+00:00
    And a workflow with:
    """yaml
    schedule: {cron: '30 9 * * *'}
    do: [{note: {set: {done: true}}}]
    """
    When 30 hours pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-07-01T09:30:00+00:00']
    """

  Scenario: Cron is read in the time zone that it names
    Given the time is 2026-07-01T00:00:00+00:00
    And a workflow with:
    """yaml
    schedule: {cron: CRON_TZ=Asia/Kolkata 30 9 * * *}
    do: [{note: {set: {done: true}}}]
    """
    When 30 hours pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-07-01T09:30:00+05:30', '2026-07-02T09:30:00+05:30']
    """

  Scenario: Cron knows weekdays
    Given the time is 2026-11-20T00:00:00+00:00
    And a workflow with:
    """yaml
    schedule: {cron: CRON_TZ=UTC 0 9 * * 1-5}
    do: [{note: {set: {done: true}}}]
    """
    When 4 days pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-11-20T09:00:00+00:00', '2026-11-23T09:00:00+00:00']
    """

  Scenario: In Berlin nine o'clock stays nine o'clock when summer begins
    Given the time is 2026-03-28T00:00:00+01:00
    And a workflow with:
    """yaml
    schedule: {cron: CRON_TZ=Europe/Berlin 0 9 * * *}
    do: [{note: {set: {done: true}}}]
    """
    When 60 hours pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-03-28T09:00:00+01:00', '2026-03-29T09:00:00+02:00', '2026-03-30T09:00:00+02:00']
    """

  Scenario: In Berlin nine o'clock stays nine o'clock when summer ends
    Given the time is 2026-10-24T00:00:00+02:00
    And a workflow with:
    """yaml
    schedule: {cron: CRON_TZ=Europe/Berlin 0 9 * * *}
    do: [{note: {set: {done: true}}}]
    """
    When 60 hours pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-10-24T09:00:00+02:00', '2026-10-25T09:00:00+01:00', '2026-10-26T09:00:00+01:00']
    """

  Scenario: In Berlin a time that spring leaves out comes once, after the gap
    Given the time is 2026-03-29T00:00:00+01:00
    And a workflow with:
    """yaml
    schedule: {cron: CRON_TZ=Europe/Berlin 30 2 * * *}
    do: [{note: {set: {done: true}}}]
    """
    When 30 hours pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-03-29T03:00:00+02:00', '2026-03-30T02:30:00+02:00']
    """

  Scenario: In Berlin a time that autumn repeats comes once
    Given the time is 2026-10-25T00:00:00+02:00
    And a workflow with:
    """yaml
    schedule: {cron: CRON_TZ=Europe/Berlin 30 2 * * *}
    do: [{note: {set: {done: true}}}]
    """
    When 30 hours pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-10-25T02:30:00+02:00', '2026-10-26T02:30:00+01:00']
    """

  Scenario: In New York a time that spring leaves out comes once, after the gap
    Given the time is 2026-03-08T00:00:00-05:00
    And a workflow with:
    """yaml
    schedule: {cron: CRON_TZ=America/New_York 30 2 * * *}
    do: [{note: {set: {done: true}}}]
    """
    When 30 hours pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-03-08T03:00:00-04:00', '2026-03-09T02:30:00-04:00']
    """

  Scenario: In New York a time that autumn repeats comes once
    Given the time is 2026-11-01T00:00:00-04:00
    And a workflow with:
    """yaml
    schedule: {cron: CRON_TZ=America/New_York 30 1 * * *}
    do: [{note: {set: {done: true}}}]
    """
    When 30 hours pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-11-01T01:30:00-04:00', '2026-11-02T01:30:00-05:00']
    """

  Scenario: A cron of every hour counts each hour that passes when summer ends
    Given the time is 2026-10-25T00:30:00+02:00
    And a workflow with:
    """yaml
    schedule: {cron: CRON_TZ=Europe/Berlin 0 * * * *}
    do: [{note: {set: {done: true}}}]
    """
    When 4 hours pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-10-25T01:00:00+02:00', '2026-10-25T02:00:00+02:00', '2026-10-25T02:00:00+01:00', '2026-10-25T03:00:00+01:00']
    """

  Scenario: Times that were missed while podium was down are made up for once
    Given the time is 2026-11-22T10:00:00+00:00
    And a workflow with:
    """yaml
    schedule: {every: PT10M}
    do: [{note: {set: {done: true}}}]
    """
    When 11 minutes pass
    And podium is killed and started again 45 minutes later
    And 5 minutes pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-11-22T10:10:00+00:00', '2026-11-22T10:56:00+00:00', '2026-11-22T11:00:00+00:00']
    """

  Scenario: A run that the schedule began goes on after podium was killed
    Given the time is 2026-11-22T10:00:00+00:00
    And a workflow with:
    """yaml
    schedule: {cron: CRON_TZ=UTC 30 10 * * *}
    do:
      - before: {call: inc, with: {x: 1}}
      - nap: {wait: PT1H}
      - after: {call: inc, with: {x: '${ . }'}}
    """
    When 45 minutes pass
    And podium is killed and started again 5 minutes later
    And 1 hour passes
    Then the runs of scenario should have the outputs:
    """yaml
    [3]
    """
    And the effects should have been performed once

  Scenario: A schedule that is paused starts nothing, and makes up for nothing
    Given the time is 2026-11-22T10:00:00+00:00
    And a workflow with:
    """yaml
    schedule: {every: PT10M}
    do: [{note: {set: {done: true}}}]
    """
    When 11 minutes pass
    And the schedule is paused
    And 30 minutes pass
    And the schedule is resumed
    And 1 minute passes
    Then 1 run of scenario should have been started
    When 9 minutes pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-11-22T10:10:00+00:00', '2026-11-22T10:50:00+00:00']
    """

  Scenario: A schedule that is paused stays so after a restart
    Given a workflow with:
    """yaml
    schedule: {every: PT10M}
    do: [{note: {set: {done: true}}}]
    """
    When the schedule is paused
    And podium is killed and started again 30 minutes later
    And 30 minutes pass
    Then no run of scenario should have been started

  Scenario: A new version replaces the schedule
    Given the time is 2026-11-22T10:00:00+00:00
    And a workflow with:
    """yaml
    schedule: {every: PT10M}
    do: [{note: {set: {version: 1}}}]
    """
    When 11 minutes pass
    And its version 2.0.0 is stored:
    """yaml
    schedule: {every: PT20M}
    do: [{note: {set: {version: 2}}}]
    """
    And 30 minutes pass
    Then the runs of scenario should have the outputs:
    """yaml
    [{version: 1}, {version: 2}]
    """

  Scenario: A new version with the same rule keeps its rhythm
    Given the time is 2026-11-22T10:00:00+00:00
    And a workflow with:
    """yaml
    schedule: {every: PT10M}
    do: [{note: {set: {version: 1}}}]
    """
    When 15 minutes pass
    And its version 2.0.0 is stored:
    """yaml
    schedule: {every: PT10M}
    do: [{note: {set: {version: 2}}}]
    """
    And 6 minutes pass
    Then the runs of scenario should have been started at:
    """yaml
    ['2026-11-22T10:10:00+00:00', '2026-11-22T10:20:00+00:00']
    """
    And the newest run of scenario should have the output:
    """yaml
    version: 2
    """

  Scenario: A new version without a schedule ends it
    Given a workflow with:
    """yaml
    schedule: {every: PT10M}
    do: [{note: {set: {version: 1}}}]
    """
    When 11 minutes pass
    And its version 2.0.0 is stored:
    """yaml
    do: [{note: {set: {version: 2}}}]
    """
    And 1 hour passes
    Then 1 run of scenario should have been started

  Scenario: Each event starts a run
    Given a workflow with:
    """yaml
    schedule: {on: {one: {with: {type: com.example.order}}}, read: data}
    do: [{greet: {set: {order: '${ .[0].order }'}}}]
    """
    When the event is published:
    """yaml
    {type: com.example.order, data: {order: 1}}
    """
    And the event is published:
    """yaml
    {type: com.example.other, data: {order: 2}}
    """
    And the event is published:
    """yaml
    {type: com.example.order, data: {order: 3}}
    """
    Then the runs of scenario should have the outputs:
    """yaml
    [{order: 1}, {order: 3}]
    """

  Scenario: An event that is sent again starts no second run
    Given a workflow with:
    """yaml
    schedule: {on: {one: {with: {type: com.example.order}}}, read: data}
    do: [{greet: {set: {order: '${ .[0].order }'}}}]
    """
    When the event is published:
    """yaml
    {type: com.example.order, id: seven, data: {order: 1}}
    """
    And the event is published:
    """yaml
    {type: com.example.order, id: seven, data: {order: 1}}
    """
    Then 1 run of scenario should have been started

  Scenario: Where nothing says what is read a run gets whole events
    Given a workflow with:
    """yaml
    schedule: {on: {one: {with: {type: com.example.order}}}}
    do: [{greet: {set: {id: '${ .[0].id }', order: '${ .[0].data.order }'}}}]
    """
    When the event is published:
    """yaml
    {type: com.example.order, id: seven, data: {order: 1}}
    """
    Then the runs of scenario should have the outputs:
    """yaml
    [{id: seven, order: 1}]
    """

  Scenario: Any of several events starts a run
    Given a workflow with:
    """yaml
    schedule: {on: {any: [{with: {type: com.example.a}}, {with: {type: com.example.b}}]}, read: data}
    do: [{greet: {set: {list: '${ . }'}}}]
    """
    When the event is published:
    """yaml
    {type: com.example.b, data: 1}
    """
    And the event is published:
    """yaml
    {type: com.example.a, data: 2}
    """
    Then the runs of scenario should have the outputs:
    """yaml
    [{list: [1]}, {list: [2]}]
    """

  Scenario: All of several events start one run
    Given a workflow with:
    """yaml
    schedule: {on: {all: [{with: {type: com.example.a}}, {with: {type: com.example.b}}]}, read: data}
    do: [{greet: {set: {list: '${ . }'}}}]
    """
    When the event is published:
    """yaml
    {type: com.example.b, data: 1}
    """
    Then no run of scenario should have been started
    When the event is published:
    """yaml
    {type: com.example.a, data: 2}
    """
    Then the runs of scenario should have the outputs:
    """yaml
    [{list: [1, 2]}]
    """

  Scenario: Events with the same key are gathered together
    Given a workflow with:
    """yaml
    schedule:
      on:
        all:
          - {with: {type: com.example.paid}, correlate: {order: {from: '${ .data.order }'}}}
          - {with: {type: com.example.sent}, correlate: {order: {from: '${ .data.order }'}}}
      read: data
    do: [{greet: {set: {orders: '${ [.[].order] }'}}}]
    """
    When the event is published:
    """yaml
    {type: com.example.paid, data: {order: 1}}
    """
    And the event is published:
    """yaml
    {type: com.example.sent, data: {order: 2}}
    """
    Then no run of scenario should have been started
    When the event is published:
    """yaml
    {type: com.example.paid, data: {order: 2}}
    """
    And the event is published:
    """yaml
    {type: com.example.sent, data: {order: 1}}
    """
    Then the runs of scenario should have the outputs:
    """yaml
    [{orders: [2, 2]}, {orders: [1, 1]}]
    """

  Scenario: Events are gathered until an expression holds
    Given a workflow with:
    """yaml
    schedule: {on: {any: [{with: {type: com.example.a}}], until: '${ length == 3 }'}, read: data}
    do: [{greet: {set: {list: '${ . }'}}}]
    """
    When the event is published:
    """yaml
    {type: com.example.a, data: 1}
    """
    And the event is published:
    """yaml
    {type: com.example.a, data: 2}
    """
    Then no run of scenario should have been started
    When the event is published:
    """yaml
    {type: com.example.a, data: 3}
    """
    Then the runs of scenario should have the outputs:
    """yaml
    [{list: [1, 2, 3]}]
    """

  Scenario: Gathered events are kept over a restart
    Given a workflow with:
    """yaml
    schedule: {on: {all: [{with: {type: com.example.a}}, {with: {type: com.example.b}}]}, read: data}
    do: [{greet: {set: {list: '${ . }'}}}]
    """
    When the event is published:
    """yaml
    {type: com.example.a, data: 1}
    """
    And podium is killed and started again 1 day later
    And the event is published:
    """yaml
    {type: com.example.b, data: 2}
    """
    Then the runs of scenario should have the outputs:
    """yaml
    [{list: [1, 2]}]
    """

  Scenario: An event that is stored when podium dies starts its run afterwards
    Given a workflow with:
    """yaml
    schedule: {on: {one: {with: {type: com.example.order}}}, read: data}
    do: [{greet: {set: {order: '${ .[0].order }'}}}]
    """
    And podium dies as soon as the event com.example.order is stored
    When an event comes to a podium that dies:
    """yaml
    {type: com.example.order, data: {order: 1}}
    """
    And podium is killed and started again
    And 1 minute passes
    Then the runs of scenario should have the outputs:
    """yaml
    [{order: 1}]
    """

  Scenario: A schedule of events that is paused hears none
    Given a workflow with:
    """yaml
    schedule: {on: {one: {with: {type: com.example.order}}}, read: data}
    do: [{greet: {set: {order: '${ .[0].order }'}}}]
    """
    When the schedule is paused
    And the event is published:
    """yaml
    {type: com.example.order, data: {order: 1}}
    """
    And the schedule is resumed
    And the event is published:
    """yaml
    {type: com.example.order, data: {order: 2}}
    """
    Then the runs of scenario should have the outputs:
    """yaml
    - order: 2
    """

  Scenario: A clock that is set forward over several times makes up for them once
    Given the time is 2026-11-22T10:00:00+00:00
    And a workflow with:
    """yaml
    schedule: {cron: CRON_TZ=UTC 0 * * * *}
    do: [{note: {set: {done: true}}}]
    """
    When 1 minute passes
    And the clock is set forward by 5 hours
    And 1 minute passes
    Then 1 run of scenario should have been started

  Scenario: A clock that is set back starts no run a second time
    Given the time is 2026-11-22T10:59:00+00:00
    And a workflow with:
    """yaml
    schedule: {cron: CRON_TZ=UTC 0 * * * *}
    do: [{note: {set: {done: true}}}]
    """
    When 2 minutes pass
    And the clock is set back by 30 minutes
    And 40 minutes pass
    Then 1 run of scenario should have been started
    When 60 minutes pass
    Then 2 runs of scenario should have been started

  Scenario: A run that reads envelopes gets whole events
    Given a workflow with:
    """yaml
    schedule: {on: {one: {with: {type: com.example.order}}}, read: envelope}
    do: [{greet: {set: {about: '${ .[0].subject }', order: '${ .[0].data.order }'}}}]
    """
    When the event is published:
    """yaml
    {type: com.example.order, subject: order/1, data: {order: 1}}
    """
    Then the runs of scenario should have the outputs:
    """yaml
    - {about: order/1, order: 1}
    """
