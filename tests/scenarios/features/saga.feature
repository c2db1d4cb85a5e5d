Feature: Compensation

  Scenario: What was done is undone when a later step fails
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - hotel:
              call: http
              with: {method: post, endpoint: 'https://hotel.example/book'}
              export: {as: '${ {hotel: .id} }'}
          - flight: {call: http, with: {method: post, endpoint: 'https://flight.example/book'}}
        catch:
          do:
            - undoHotel:
                if: ${ $context.hotel != null }
                call: http
                with:
                  method: delete
                  endpoint: '${ "https://hotel.example/book/\($context.hotel)" }'
                  output: response
            - report: {set: {booked: false}}
    """
    And the service at https://hotel.example answers:
    """yaml
    - {body: {id: 7}}
    - {status: 204}
    """
    And the service at https://flight.example answers:
    """yaml
    - {status: 500}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    booked: false
    """
    And the service at https://hotel.example/book/7 should have been asked 1 time

  Scenario: What was not done is not undone
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - hotel:
              call: http
              with: {method: post, endpoint: 'https://hotel.example/book'}
              export: {as: '${ {hotel: .id} }'}
        catch:
          do:
            - undoHotel:
                if: ${ $context.hotel != null }
                call: http
                with: {method: delete, endpoint: 'https://hotel.example/book/undo'}
            - report: {set: {booked: false}}
    """
    And the service at https://hotel.example answers:
    """yaml
    - {status: 409}
    """
    When the workflow is executed
    Then undoHotel should not run
    And the service at https://hotel.example should have been asked 1 time

  Scenario: Nested steps are undone in the opposite order
    Given a workflow that does:
    """yaml
    - first:
        try:
          - doOne: {call: inc, with: {x: 1}}
          - second:
              try:
                - doTwo: {call: inc, with: {x: 1}}
                - stop:
                    raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}
              catch:
                as: trouble
                do:
                  - undoTwo: {call: inc, with: {x: 1}}
                  - again:
                      raise:
                        error: {type: '${ $trouble.type }', status: 418, title: X}
        catch:
          do:
            - undoOne: {call: inc, with: {x: 1}}
    """
    When the workflow is executed
    Then the workflow should complete
    And the tasks should have run in this order:
    """yaml
    [first, doOne, second, doTwo, stop, undoTwo, again, undoOne]
    """

  Scenario: Undoing is tried again until it succeeds
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}}
        catch:
          do:
            - undo:
                try:
                  - ask: {call: flaky, with: {ok_at: 3}}
                catch: {retry: {delay: PT1M, limit: {attempt: {count: 5}}}}
    """
    When the workflow is executed
    Then the workflow should complete
    And ask should have begun after:
    """yaml
    [0, 60, 120]
    """

  Scenario: Undoing goes on after podium was killed, and is done once
    Given a workflow that does:
    """yaml
    - attempt:
        try:
          - doOne: {call: inc, with: {x: 1}}
          - doTwo: {call: inc, with: {x: 1}}
          - stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}}
        catch:
          do:
            - undoTwo: {call: inc, with: {x: 1}}
            - nap: {wait: PT1H}
            - undoOne: {call: inc, with: {x: 1}}
    """
    When the workflow is started
    And podium is killed and started again 10 minutes later
    And podium is killed and started again 10 minutes later
    And the workflow has ended
    Then the workflow should complete
    And undoTwo should have been done 1 time
    And undoOne should have been done 1 time
    And doOne should have been done 1 time
