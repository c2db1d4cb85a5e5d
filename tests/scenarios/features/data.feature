Feature: Data

  Scenario: A task sees what its input filter gives
    Given a workflow that does:
    """yaml
    - take: {input: {from: '${ .order }'}, set: {id: '${ .id }'}}
    """
    And the workflow input is:
    """yaml
    order: {id: 5}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    id: 5
    """

  Scenario: An input filter may be an object with expressions in it
    Given a workflow that does:
    """yaml
    - take: {input: {from: {a: '${ .x }', b: [1, '${ .y }']}}, set: '${ . }'}
    """
    And the workflow input is:
    """yaml
    {x: 1, y: 2}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {a: 1, b: [1, 2]}
    """

  Scenario: The input filter of one task does not change what others get
    Given a workflow that does:
    """yaml
    - look: {input: {from: '${ .a }'}, wait: PT1S, output: {as: '${ . }'}}
    - after: {set: {got: '${ . }'}}
    """
    And the workflow input is:
    """yaml
    {a: 1, b: 2}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    got: 1
    """

  Scenario: Input that breaks the schema of the workflow faults before anything runs
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: strict, version: '1.0.0'}
    input:
      schema:
        format: json
        document: {type: object, required: [name], properties: {name: {type: string}}}
    do:
      - greet: {call: inc, with: {x: 1}}
    """
    And the workflow input is:
    """yaml
    name: 5
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    status: 400
    """
    And greet should not run

  Scenario: The schema of an input is held against what came, not against what the filter makes
    Given a workflow that does:
    """yaml
    - take:
        input:
          schema: {document: {type: object, required: [order]}}
          from: ${ .order }
        set: {id: '${ . }'}
    """
    And the workflow input is:
    """yaml
    order: 5
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    id: 5
    """

  Scenario: Output that breaks its schema faults at its task
    Given a workflow that does:
    """yaml
    - make:
        set: {id: five}
        output: {schema: {document: {type: object, properties: {id: {type: integer}}}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    instance: /do/0/make
    """
    And the error should say: id

  Scenario: The schema of an output is held against what the filter made
    Given a workflow that does:
    """yaml
    - make:
        set: {id: '5'}
        output:
          as: '${ {id: (.id | tonumber)} }'
          schema: {document: {type: object, properties: {id: {type: integer}}}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    id: 5
    """

  Scenario: What is exported can be read from then on
    Given a workflow that does:
    """yaml
    - remember: {set: {n: 5}, export: {as: '${ {kept: .n} }'}}
    - other: {set: '${ . }'}
    - recall: {set: {kept: '${ $context.kept }'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    kept: 5
    """

  Scenario: An export may add to what was exported before
    Given a workflow that does:
    """yaml
    - one: {set: {a: 1}, export: {as: '${ $context + . }'}}
    - two: {set: {b: 2}, export: {as: '${ $context + . }'}}
    - recall: {set: '${ $context }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {a: 1, b: 2}
    """

  Scenario: An export that breaks its schema faults
    Given a workflow that does:
    """yaml
    - one:
        set: {a: 1}
        export: {as: '${ .a }', schema: {document: {type: string}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    """

  Scenario: Nothing was exported yet
    Given a workflow that does:
    """yaml
    - look: {set: {context: '${ $context }'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    context: null
    """

  Scenario: The output of the workflow may be filtered and checked
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: shaped, version: '1.0.0'}
    do:
      - make: {set: {a: 1, b: 2}}
    output:
      as: ${ .a + .b }
      schema: {document: {type: integer}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    3
    """

  Scenario: The input filter of the workflow makes the input of the first task
    Given a workflow with definition:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: shaped, version: '1.0.0'}
    input: {from: '${ .payload }'}
    do:
      - make: {set: {got: '${ . }', whole: '${ $workflow.input }'}}
    """
    And the workflow input is:
    """yaml
    payload: 7
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    got: 7
    whole: {payload: 7}
    """

  Scenario: Set replaces what was there, and adds nothing to it
    Given a workflow that does:
    """yaml
    - make: {set: {b: 2}}
    """
    And the workflow input is:
    """yaml
    a: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    b: 2
    """

  Scenario: All expressions of a set see the value before it
    Given a workflow that does:
    """yaml
    - swap: {set: {a: '${ .b }', b: '${ .a }'}}
    """
    And the workflow input is:
    """yaml
    {a: 1, b: 2}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {a: 2, b: 1}
    """

  Scenario: A value may be null, text, a number, an array or an object
    Given a workflow that does:
    """yaml
    - make:
        set: {none: null, text: x, number: 1.5, list: ['${ 1 + 1 }', {deep: '${ "y" }'}], flag: false}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {none: null, text: x, number: 1.5, list: [2, {deep: y}], flag: false}
    """

  Scenario: Data that is no object goes from task to task
    Given a workflow that does:
    """yaml
    - list: {set: '${ [1, 2, 3] }'}
    - sum: {set: '${ add }'}
    - text: {set: '${ "sum: \(.)" }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    'sum: 6'
    """

  Scenario: An output filter sees the input of its task
    Given a workflow that does:
    """yaml
    - add: {call: inc, with: {x: '${ .n }'}, output: {as: '${ $input + {more: .} }'}}
    """
    And the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {n: 1, more: 2}
    """

  Scenario: A task knows its name and place
    Given a workflow that does:
    """yaml
    - group:
        do:
          - me: {set: {name: '${ $task.name }', at: '${ $task.reference }'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {name: me, at: /do/0/group/do/0/me}
    """

  Scenario: What is computed from the time of the run is the same after a restart
    Given a workflow that does:
    """yaml
    - note: {set: {began: '${ $workflow.startedAt.epoch.milliseconds }'}}
    - nap: {wait: PT1H}
    - compare: {set: {same: '${ .began == $workflow.startedAt.epoch.milliseconds }'}}
    """
    When the workflow is started
    And podium is killed and started again 30 minutes later
    And the workflow has ended
    Then the workflow should complete with output:
    """yaml
    same: true
    """

  Scenario: What a document says of itself can be read, and changes nothing
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: test
      name: t
      version: '1.0.0'
      title: A title
      summary: What it is for
      tags: {team: platform}
      metadata: {owner: {name: ann}}
    do:
      - say:
          set:
            title: '${ $workflow.definition.document.title }'
            summary: '${ $workflow.definition.document.summary }'
            team: '${ $workflow.definition.document.tags.team }'
            owner: '${ $workflow.definition.document.metadata.owner.name }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    {title: A title, summary: What it is for, team: platform, owner: ann}
    """
