Feature: Catching errors

  Scenario: A filter finds an error by its type
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 400, title: X}}}
        catch:
          errors: {with: {type: 'https://shop.example/errors/x'}}
          do: [{give: {set: {caught: true}}}]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: true
    """

  Scenario: A filter lets an error of another type pass
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - stop: {raise: {error: {type: 'https://shop.example/errors/y', status: 400, title: Y}}}
        catch:
          errors: {with: {type: 'https://shop.example/errors/x'}}
          do: [{give: {set: {caught: true}}}]
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://shop.example/errors/y
    """
    And give should not run

  Scenario: A filter finds an error by its instance
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 400, title: X}}}
        catch:
          errors: {with: {instance: /do/0/attempt/try/0/stop}}
          do: [{give: {set: {caught: true}}}]
    """
    When the workflow is executed
    Then the workflow should complete

  Scenario: All members of a filter have to hold
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 400, title: X}}}
        catch:
          errors: {with: {type: 'https://shop.example/errors/x', status: 401}}
          do: [{give: {set: {caught: true}}}]
    """
    When the workflow is executed
    Then the workflow should fault

  Scenario: An error is caught only where the condition holds
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}}
        catch:
          when: ${ $error.status < 400 }
          do: [{give: {set: {caught: true}}}]
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 418
    """

  Scenario: An error is not caught where the exception holds
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}}
        catch:
          exceptWhen: ${ $error.title == "X" }
          do: [{give: {set: {caught: true}}}]
    """
    When the workflow is executed
    Then the workflow should fault

  Scenario: The error has the name that the catch gives it
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: Tea}}}
        catch:
          as: trouble
          do: [{give: {set: {title: '${ $trouble.title }', status: '${ $trouble.status }'}}}]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {title: Tea, status: 418}
    """

  Scenario: After a caught error the flow goes on where the catch says
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}}
        catch:
          do: [{give: {set: {caught: true}}}]
          then: last
    - skipped: {set: {skipped: false}}
    - last: {set: {caught: '${ .caught }', last: true}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {caught: true, last: true}
    """
    And skipped should not run

  Scenario: A caught error may end the workflow
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}}
        catch:
          do: [{give: {set: {caught: true}}}]
          then: end
    - skipped: {set: {skipped: false}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: true
    """

  Scenario: A caught error without a handler gives the input of the task
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - change: {set: {changed: true}}
          - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}}
        catch: {errors: {with: {status: 418}}}
    """
    And the workflow input is:
    """yaml
    as: before
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    as: before
    """

  Scenario: The inner of two catches comes first
    Given a workflow that does:
    """yaml
    - outer:
        try:
          - inner:
              try:
                - stop:
                    raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}
              catch: {do: [{near: {set: {by: inner}}}]}
        catch: {do: [{far: {set: {by: outer}}}]}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    by: inner
    """
    And far should not run

  Scenario: What the inner catch lets pass the outer one gets
    Given a workflow that does:
    """yaml
    - outer:
        try:
          - inner:
              try:
                - stop:
                    raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}
              catch: {errors: {with: {status: 500}}, do: [{near: {set: {by: inner}}}]}
        catch: {do: [{far: {set: {by: outer}}}]}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    by: outer
    """

  Scenario: An error of a handler is not caught by its own catch
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}}
        catch:
          do:
            - worse: {raise: {error: {type: 'https://shop.example/errors/y', status: 419, title: Y}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 419
    """
    And worse should have run 1 time

  Scenario: An expression that fails is an error that can be caught
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - compute: {set: {sum: '${ .text + 1 }'}}
        catch:
          errors: {with: {type: https://serverlessworkflow.io/spec/1.0.0/errors/expression}}
          do: [{give: {set: {caught: true}}}]
    """
    And the workflow input is:
    """yaml
    text: one
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: true
    """

  Scenario: A filter in any of the spellings of a standard type finds it
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - nap: {wait: PT1H, timeout: {after: PT1S}}
        catch:
          errors: {with: {type: https://serverlessworkflow.io/dsl/errors/types/timeout}}
          do: [{give: {set: {caught: true}}}]
    """
    When the workflow is executed
    Then the workflow should complete

  Scenario: A handler goes on where it was when podium is killed
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - before: {call: inc, with: {x: 1}}
          - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}}
        catch:
          do:
            - note: {call: inc, with: {x: 10}}
            - nap: {wait: PT10M}
            - after: {call: inc, with: {x: 20}}
    """
    When the workflow is started
    And 1 minute passes
    And podium is killed and started again 1 minute later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    21
    """
    And note should have been done 1 time
    And the effects should have been performed once
    And the workflow should have taken 10 minutes

  Scenario: The details that a filter asks for are the detail of the error
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - stop:
              raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X, detail: too hot}}
        catch:
          errors: {with: {details: too hot}}
          do: [{give: {set: {caught: true}}}]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: true
    """
