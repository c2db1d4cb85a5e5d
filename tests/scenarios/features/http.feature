Feature: Calling services over HTTP

  Scenario: A status that says failure is an error of communication with that status
    Given the service at https://shop.example answers:
    """yaml
    - {status: 404, body: {message: no such pet}}
    """
    And a workflow that does:
    """yaml
    - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/pets/9'}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/communication', status: 404, instance: /do/0/ask}
    """
    And the error should say: no such pet

  Scenario: A caught status leads another way
    Given the service at https://shop.example answers:
    """yaml
    - {status: 404}
    """
    And a workflow that does:
    """yaml
    - attempt:
        try:
          - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/pets/9'}}
        catch:
          errors: {with: {type: https://serverlessworkflow.io/spec/1.0.0/errors/communication, status: 404}}
          do: [{give: {set: {pet: none}}}]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    pet: none
    """

  Scenario: Nobody who answers is an error of communication
    Given a workflow that does:
    """yaml
    - ask: {call: http, with: {method: get, endpoint: 'https://nobody.example'}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/communication
    instance: /do/0/ask
    """

  Scenario: A status of redirection is an error where redirects are not followed
    Given the service at https://shop.example answers:
    """yaml
    - {status: 302, headers: {Location: 'https://shop.example/there'}}
    """
    And a workflow that does:
    """yaml
    - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/here'}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/communication', status: 302}
    """
    And the service at https://shop.example should have been asked 1 time

  Scenario: Where redirects are followed one that leads nowhere is no error
    Given the service at https://shop.example answers:
    """yaml
    - {status: 300, body: {choices: 2}}
    """
    And a workflow that does:
    """yaml
    - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/here', redirect: true}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    choices: 2
    """

  Scenario: JSON that comes back is the output
    Given the service at https://shop.example answers:
    """yaml
    - {body: [1, {a: null}]}
    """
    And a workflow that does:
    """yaml
    - ask: {call: http, with: {method: get, endpoint: 'https://shop.example'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [1, {a: null}]
    """

  Scenario: Text that comes back is a text
    Given the service at https://shop.example answers:
    """yaml
    - {body: just a text}
    """
    And a workflow that does:
    """yaml
    - ask: {call: http, with: {method: get, endpoint: 'https://shop.example'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    just a text
    """

  Scenario: A raw output is the body in base64
    Given the service at https://shop.example answers:
    """yaml
    - {body: hello}
    """
    And a workflow that does:
    """yaml
    - ask: {call: http, with: {method: get, endpoint: 'https://shop.example', output: raw}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    aGVsbG8=
    """

  Scenario: A whole response has its request, its status and its headers
    Given the service at https://shop.example answers:
    """yaml
    - {status: 201, body: {id: 7}, headers: {X-Place: shelf}}
    """
    And a workflow that does:
    """yaml
    - ask: {call: http, with: {method: post, endpoint: 'https://shop.example/pets', body: {a: 1}, output: response}}
    """
    When the workflow is executed
    Then the workflow output should match:
    """yaml
    {statusCode: 201, content: {id: 7}, headers.x-place: shelf, request.method: POST, request.uri: 'https://shop.example/pets'}
    """

  Scenario: An answer without a body is nothing
    Given the service at https://shop.example answers:
    """yaml
    - {status: 204}
    """
    And a workflow that does:
    """yaml
    - ask: {call: http, with: {method: delete, endpoint: 'https://shop.example/pets/7'}, output: {as: '${ {it: .} }'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    it: null
    """

  Scenario: Names in an address are filled in and encoded
    Given the service at https://shop.example answers:
    """yaml
    - {body: {fine: true}}
    """
    And a workflow that does:
    """yaml
    - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/pets/{name}{?colour,size}'}}
    """
    And the workflow input is:
    """yaml
    {name: Rex & Co/2, colour: dark blue}
    """
    When the workflow is executed
    Then the last request to https://shop.example should have been:
    """yaml
    url: https://shop.example/pets/Rex%20%26%20Co%2F2?colour=dark%20blue
    """

  Scenario: A name in an address that has no value is an error
    Given the service at https://shop.example answers:
    """yaml
    - {body: {fine: true}}
    """
    And a workflow that does:
    """yaml
    - ask: {call: http, with: {method: get, endpoint: 'https://shop.example/pets/{name}'}}
    """
    And the workflow input is:
    """yaml
    other: 1
    """
    When the workflow is executed
    Then the workflow should fault
    And the error should say: name
    And the service at https://shop.example should have been asked 0 times

  Scenario: An address may be computed
    Given the service at https://shop.example/pets/7 answers:
    """yaml
    - {body: {fine: true}}
    """
    And a workflow that does:
    """yaml
    - ask: {call: http, with: {method: get, endpoint: '${ "https://shop.example/pets/\(.id)" }'}}
    """
    And the workflow input is:
    """yaml
    id: 7
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    fine: true
    """

  Scenario: Body and headers are computed
    Given the service at https://shop.example answers:
    """yaml
    - {body: {fine: true}}
    """
    And a workflow that does:
    """yaml
    - ask:
        call: http
        with:
          method: put
          endpoint: https://shop.example/pets
          headers: {X-Order: '${ .order }'}
          body: {pet: '${ .pet }', list: [1, '${ .order }']}
    """
    And the workflow input is:
    """yaml
    {order: '7', pet: {name: Rex}}
    """
    When the workflow is executed
    Then the last request to https://shop.example should have been:
    """yaml
    method: PUT
    headers: {x-order: '7', content-type: application/json}
    body: {pet: {name: Rex}, list: [1, '7']}
    """

  Scenario: What changes nothing gets no key of idempotency
    Given the service at https://shop.example answers:
    """yaml
    - {body: {fine: true}}
    """
    And a workflow that does:
    """yaml
    - ask: {call: http, with: {method: get, endpoint: 'https://shop.example'}}
    """
    When the workflow is executed
    Then the last request to https://shop.example should have had:
    """yaml
    headers: {idempotency-key: null}
    """

  Scenario: A key of idempotency that the document says stands
    Given the service at https://shop.example answers:
    """yaml
    - {body: {fine: true}}
    """
    And a workflow that does:
    """yaml
    - ask: {call: http, with: {method: post, endpoint: 'https://shop.example', headers: {Idempotency-Key: mine}}}
    """
    When the workflow is executed
    Then the last request to https://shop.example should have had:
    """yaml
    headers: {idempotency-key: mine}
    """

  Scenario: Two calls of a loop have keys of their own
    Given the service at https://shop.example answers:
    """yaml
    - {body: {fine: true}}
    """
    And a workflow that does:
    """yaml
    - loop:
        for: {in: '${ [1, 2, 3] }'}
        do:
          - ask: {call: http, with: {method: post, endpoint: 'https://shop.example', body: {n: '${ $item }'}}}
    """
    When the workflow is executed
    Then the service at https://shop.example should have been asked 3 times
    And the service at https://shop.example should have been asked with 3 keys

  Scenario: A call that podium died in is made again with the same key
    Given the service at https://shop.example answers:
    """yaml
    - {body: {fine: true}}
    """
    And podium dies as soon as the service at https://shop.example has been asked
    And a workflow that does:
    """yaml
    - ask: {call: http, with: {method: post, endpoint: 'https://shop.example/orders', body: {n: 1}}}
    """
    When the workflow is started
    And podium is killed and started again 1 minute later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    fine: true
    """
    And the service at https://shop.example should have been asked 2 times
    And the service at https://shop.example should have been asked with the same key each time

  Scenario: A call whose answer was recorded is not made again
    Given the service at https://shop.example answers:
    """yaml
    - {body: {n: 1}}
    - {body: {n: 2}}
    """
    And a workflow that does:
    """yaml
    - ask: {call: http, with: {method: post, endpoint: 'https://shop.example/orders'}}
    - nap: {wait: PT10M}
    """
    When the workflow is started
    And podium is killed and started again 1 minute later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    n: 1
    """
    And the service at https://shop.example should have been asked 1 time

  Scenario: A call that takes longer than its task may is a timeout
    Given the service at https://shop.example answers:
    """yaml
    - {body: {fine: true}, after: 60}
    """
    And a workflow that does:
    """yaml
    - ask: {call: http, with: {method: get, endpoint: 'https://shop.example'}, timeout: {after: PT5S}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout', status: 408}
    """
    And the workflow should have taken 5 seconds

  Scenario: A service that refuses the credentials is an error with its status
    Given the secret token is:
    """yaml
    token-of-ann
    """
    And the service at https://shop.example answers:
    """yaml
    - {status: 401}
    """
    And a workflow with:
    """yaml
    use: {secrets: [token]}
    do:
      - ask:
          call: http
          with: {method: get, endpoint: {uri: 'https://shop.example', authentication: {bearer: {token: '${ $secrets.token }'}}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/communication', status: 401}
    """
