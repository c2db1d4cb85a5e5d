Feature: Schemas

  Scenario: An input that does not fit the workflow's schema begins nothing
    Given a workflow with:
    """yaml
    input: {schema: {document: {type: object, required: [name], properties: {name: {type: string}}}}}
    do: [{first: {call: inc, with: {x: 1}}}]
    """
    And the workflow input is:
    """yaml
    name: 5
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/validation', status: 400}
    """
    And first should have been done 0 times

  Scenario: An input that fits is handed on as it is, without the defaults of its schema
    Given a workflow with:
    """yaml
    input: {schema: {document: {type: object, properties: {name: {type: string, default: nobody}}}}}
    do: [{first: {set: {all: '${ . }'}}}]
    """
    And the workflow input is:
    """yaml
    other: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    all: {other: 1}
    """

  Scenario: The input of a task is held against its schema before it is transformed
    Given a workflow with:
    """yaml
    do:
      - first:
          input:
            schema: {document: {type: object, required: [a]}}
            from: ${ .a }
          set: {got: '${ . }'}
    """
    And the workflow input is:
    """yaml
    a: 7
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    got: 7
    """

  Scenario: A task whose input does not fit does not run, and the error says where
    Given a workflow with:
    """yaml
    do:
      - first:
          input: {schema: {document: {type: object, required: [a]}}}
          call: inc
          with: {x: 1}
    """
    And the workflow input is:
    """yaml
    b: 7
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/validation', status: 400, instance: /do/0/first}
    """
    And first should have been done 0 times

  Scenario: The output of a task is held against its schema after it is transformed
    Given a workflow with:
    """yaml
    do:
      - first:
          set: {a: 5}
          output:
            as: ${ .a }
            schema: {document: {type: string}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    instance: /do/0/first
    """

  Scenario: The output of the workflow is held against its schema
    Given a workflow with:
    """yaml
    output: {schema: {document: {type: object, required: [sum]}}}
    do:
      - first: {set: {a: 5}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    """

  Scenario: What is exported is held against its schema
    Given a workflow with:
    """yaml
    do:
      - first:
          set: {a: 5}
          export:
            as: '${ {count: .a} }'
            schema: {document: {type: object, properties: {count: {type: string}}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    instance: /do/0/first
    """

  Scenario: A validation error can be caught
    Given a workflow with:
    """yaml
    do:
      - attempt:
          try:
            - first: {input: {schema: {document: {type: string}}}, set: {a: 5}}
          catch:
            errors: {with: {type: https://serverlessworkflow.io/spec/1.0.0/errors/validation}}
            do: [{give: {set: {caught: true}}}]
    """
    And the workflow input is:
    """yaml
    no: string
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: true
    """

  Scenario: A schema names its draft
    Given a workflow with:
    """yaml
    do:
      - first:
          input:
            schema:
              format: json
              document:
                $schema: http://json-schema.org/draft-07/schema#
                type: array
                items: [{type: integer}, {type: string}]
          set: {fits: true}
    """
    And the workflow input is:
    """yaml
    [1, two]
    """
    When the workflow is executed
    Then the workflow should complete

  Scenario: A schema at an address is fetched when the workflow is stored, and stays as it was
    Given the file at https://schemas.example/order.json is:
    """yaml
    {"type": "object", "required": ["id"]}
    """
    And a workflow with:
    """yaml
    do:
      - first:
          input: {schema: {resource: {endpoint: 'https://schemas.example/order.json'}}}
          set: {fits: true}
    """
    And the file at https://schemas.example/order.json is:
    """yaml
    {"type": "string"}
    """
    And the workflow input is:
    """yaml
    id: 7
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    fits: true
    """
    And the service at https://schemas.example should have been asked 1 time

  Scenario: A fetched schema refuses as one that is written out
    Given the file at https://schemas.example/order.json is:
    """yaml
    {"type": "object", "required": ["id"]}
    """
    And a workflow with:
    """yaml
    do:
      - first:
          input: {schema: {resource: {endpoint: 'https://schemas.example/order.json'}}}
          set: {fits: true}
    """
    And the workflow input is:
    """yaml
    other: 7
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    instance: /do/0/first
    """

  Scenario: A schema that nobody can fetch stops the workflow from being stored
    Given a workflow that cannot be stored:
    """yaml
    do:
      - first:
          input: {schema: {resource: {endpoint: 'https://schemas.example/gone.json'}}}
          set: {fits: true}
    """
    Then the definition is refused, saying: nobody answers at https://schemas.example/gone.json

  Scenario: What is fetched as a schema and is none stops the workflow from being stored
    Given the file at https://schemas.example/order.json is:
    """yaml
    {"type": "objekt"}
    """
    And a workflow that cannot be stored:
    """yaml
    do:
      - first:
          input: {schema: {resource: {endpoint: 'https://schemas.example/order.json'}}}
          set: {fits: true}
    """
    Then the definition is refused, saying: https://schemas.example/order.json is no JSON Schema
