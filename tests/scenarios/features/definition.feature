Feature: What is wrong or doubtful in a definition, and where

  Scenario: A member at the top that means nothing is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    schedul: {every: PT1M}
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is refused for the rule unknown-member at line 2

  Scenario: Two tasks of one list with one name are refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a: {set: {x: 1}}
      - a: {set: {x: 2}}
    """
    Then the definition is refused for the rule duplicate-task at line 4

  Scenario: Two cases of one switch with one name are refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          switch:
            - one: {when: '${ .x }', then: end}
            - one: {then: exit}
    """
    Then the definition is refused for the rule duplicate-case at line 6

  Scenario: A task that is named like a directive is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - continue: {set: {x: 1}}
    """
    Then the definition is refused for the rule reserved-name at line 3

  Scenario: A jump to a task that is not there is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          set: {x: 1}
          then: nowhere
    """
    Then the definition is refused for the rule unknown-target at line 5

  Scenario: A jump out of a list is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          do:
            - inner:
                set: {x: 1}
                then: b
      - b: {set: {x: 1}}
    """
    Then the definition is refused for the rule unknown-target at line 7

  Scenario: A catch that hides every error is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          try: [{b: {set: {x: 1}}}]
          catch: {}
    """
    Then the definition is refused for the rule empty-catch at line 5

  Scenario: A task that nothing leads to is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a: {set: {x: 1}, then: end}
      - b: {set: {x: 1}}
    """
    Then the definition is doubted for the rule unreachable-task at line 4

  Scenario: A case behind the default is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          switch:
            - other: {then: end}
            - one: {when: '${ .x }', then: exit}
    """
    Then the definition is doubted for the rule unreachable-case at line 6

  Scenario: A switch without a default is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          switch:
            - one: {when: '${ .x }', then: end}
    """
    Then the definition is doubted for the rule switch-without-default at line 4

  Scenario: A circle that no way leads out of is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a: {set: {x: 1}}
      - b: {set: {x: 1}, then: a}
    """
    Then the definition is doubted for the rule endless-loop at line 3

  Scenario: A function that is nowhere is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a: {call: nothing}
    """
    Then the definition is refused for the rule unknown-function at line 3

  Scenario: An error that nobody defines is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          raise:
            error: nothing
    """
    Then the definition is refused for the rule unknown-error at line 5

  Scenario: A retry that nobody defines is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          try: [{b: {set: {x: 1}}}]
          catch:
            retry: nothing
    """
    Then the definition is refused for the rule unknown-retry at line 6

  Scenario: A timeout that nobody defines is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          wait: PT1S
          timeout: nothing
    """
    Then the definition is refused for the rule unknown-timeout at line 5

  Scenario: An authentication that nobody defines is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          call: http
          with:
            method: get
            endpoint:
              uri: https://shop.example
              authentication:
                use: nothing
    """
    Then the definition is refused for the rule unknown-authentication at line 10

  Scenario: A secret that the document does not declare is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          if: ${ $secrets.key == 1 }
          set: {x: 1}
    """
    Then the definition is refused for the rule unknown-secret at line 4

  Scenario: A catalog that nobody defines is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a: {call: 'greet:1.0.0@nothing'}
    """
    Then the definition is refused for the rule unknown-catalog at line 3

  Scenario: A function that nobody calls is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use:
      functions:
        greet: {set: {x: 1}}
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is doubted for the rule unused-function at line 4

  Scenario: An error that nobody raises is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use:
      errors:
        no: {type: 'https://shop.example/e', status: 400, title: No}
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is doubted for the rule unused-error at line 4

  Scenario: A retry that nobody uses is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use:
      retries:
        twice: {delay: PT1S, limit: {attempt: {count: 2}}}
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is doubted for the rule unused-retry at line 4

  Scenario: A timeout that nobody uses is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use:
      timeouts:
        short: {after: PT1S}
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is doubted for the rule unused-timeout at line 4

  Scenario: An authentication that nobody uses is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use:
      secrets: [key]
      authentications:
        door: {bearer: {use: key}}
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is doubted for the rule unused-authentication at line 5

  Scenario: A secret that nobody reads is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use:
      secrets:
        - key
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is doubted for the rule unused-secret at line 4

  Scenario: A catalog that nobody asks is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use:
      catalogs:
        company: {endpoint: 'https://catalog.example'}
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is doubted for the rule unused-catalog at line 4

  Scenario: A literal argument of a wrong type is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          call: inc
          with:
            x: seven
    """
    Then the definition is refused for the rule argument at line 6

  Scenario: Functions that call each other for ever are refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use:
      functions:
        ping: {call: pong}
        pong: {call: ping}
    do:
      - a: {call: ping}
    """
    Then the definition is refused for the rule function-circle at line 4

  Scenario: Two extensions with one name are refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use:
      extensions:
        - log: {extend: set, before: [{b: {set: {x: 1}}}]}
        - log: {extend: call, before: [{b: {set: {x: 1}}}]}
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is refused for the rule duplicate-extension at line 5

  Scenario: An extension that does nothing is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use:
      extensions:
        - log: {extend: set}
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is doubted for the rule empty-extension at line 4

  Scenario: A catalog that hides podium's own is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use:
      catalogs:
        default: {endpoint: 'https://catalog.example'}
    do:
      - a: {call: 'greet:1.0.0@default'}
    """
    Then the definition is doubted for the rule default-catalog at line 4

  Scenario: A function at an address that cannot be fetched is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a: {call: 'ftp://functions.example/greet.yaml'}
    """
    Then the definition is refused for the rule function-address at line 3

  Scenario: A catalog at an address that cannot be fetched is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use:
      catalogs:
        company:
          endpoint: https://{place}.example
    do:
      - a: {call: 'greet:1.0.0@company'}
    """
    Then the definition is refused for the rule catalog-address at line 5

  Scenario: A schema at an address that is computed is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    input:
      schema:
        resource:
          endpoint: https://schemas.example/{name}
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is refused for the rule schema-address at line 5

  Scenario: A name that is none of a variable is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          for:
            each: my item
            in: ${ . }
          do: [{b: {set: {x: 1}}}]
    """
    Then the definition is refused for the rule variable-name at line 5

  Scenario: A name that hides a variable of the language is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          for:
            each: context
            in: ${ . }
          do: [{b: {set: {x: 1}}}]
    """
    Then the definition is doubted for the rule hidden-variable at line 5

  Scenario: An expression that cannot be read is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          set:
            x: ${ .a + }
    """
    Then the definition is refused for the rule expression at line 5

  Scenario: An expression with a variable that is not there is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          set:
            x: ${ $nobody }
    """
    Then the definition is refused for the rule expression at line 5

  Scenario: A text with an expression inside is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          set:
            x: Hello ${ .name }
    """
    Then the definition is refused for the rule partial-expression at line 5

  Scenario: A key that is an expression is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          set:
            '${ .name }': 1
    """
    Then the definition is refused for the rule expression-key at line 5

  Scenario: Loose mode is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    evaluate:
      mode: loose
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is doubted for the rule loose-mode at line 3

  Scenario: A schema that is none is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    input:
      schema:
        document:
          type: objekt
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is refused for the rule invalid-schema at line 4

  Scenario: A secret in an output is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use: {secrets: [key]}
    do:
      - a:
          set: {x: 1}
          output:
            as: ${ $secrets.key }
    """
    Then the definition is refused for the rule secret-place at line 7

  Scenario: A secret in what a set puts out is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use: {secrets: [key]}
    do:
      - a:
          set:
            x: ${ $secrets.key }
    """
    Then the definition is doubted for the rule secret-place at line 6

  Scenario: A secret that is declared twice is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use:
      secrets:
        - key
        - key
    do:
      - a: {if: '${ $secrets.key == 1 }', set: {x: 1}}
    """
    Then the definition is refused for the rule duplicate-secret at line 5

  Scenario: Another runtime's spelling of secrets is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use: {secrets: [key]}
    do:
      - a:
          if: ${ $secret.key == 1 }
          set: {x: 1}
    """
    Then the definition is doubted for the rule secret-spelling at line 5

  Scenario: Credentials that stand in the document are doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          call: http
          with:
            method: get
            endpoint:
              uri: https://shop.example
              authentication:
                bearer:
                  token: abc-of-ann
    """
    Then the definition is doubted for the rule literal-secret at line 11

  Scenario: A key in the environment of an MCP server is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          call: mcp
          with:
            method: tools/list
            transport:
              stdio:
                command: node
                environment:
                  API_KEY: abc-of-ann-0123456789
    """
    Then the definition is doubted for the rule secret-in-document at line 11

  Scenario: A duration of years is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          wait: P1Y
    """
    Then the definition is refused for the rule duration at line 4

  Scenario: A jitter that is upside down is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          try: [{b: {set: {x: 1}}}]
          catch:
            retry:
              delay: PT1S
              limit: {attempt: {count: 2}}
              jitter:
                from: PT5S
                to: PT1S
    """
    Then the definition is refused for the rule jitter at line 9

  Scenario: A negative count of retries is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          try: [{b: {set: {x: 1}}}]
          catch:
            retry:
              delay: PT1S
              limit:
                attempt:
                  count: -1
    """
    Then the definition is refused for the rule retry-count at line 10

  Scenario: A retry without a limit is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          try: [{b: {set: {x: 1}}}]
          catch:
            retry:
              delay: PT1S
    """
    Then the definition is doubted for the rule endless-retry at line 6

  Scenario: A cron line that cannot be read is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    schedule:
      cron: CRON_TZ=UTC 61 * * * *
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is refused for the rule cron at line 3

  Scenario: A cron line of a day that never comes is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    schedule:
      cron: CRON_TZ=UTC 0 0 31 11 *
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is refused for the rule cron at line 3

  Scenario: A cron line of a time zone that nobody knows is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    schedule:
      cron: CRON_TZ=Europe/Atlantis 0 9 * * *
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is refused for the rule cron at line 3

  Scenario: Cron and every together are refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    schedule:
      cron: CRON_TZ=UTC 0 9 * * *
      every: PT1H
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is refused for the rule cron-and-every at line 4

  Scenario: Cron without a time zone is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    schedule:
      cron: 0 9 * * *
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is doubted for the rule cron-time-zone at line 3

  Scenario: A schedule that asks what no run knows yet is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    schedule:
      read: data
      on:
        one:
          with:
            type: com.example.a
            data: ${ .x > $context.limit }
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is refused for the rule schedule-expression at line 6

  Scenario: A schedule that waits for all of nothing is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    schedule:
      read: data
      on:
        all: []
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is refused for the rule schedule-never at line 5

  Scenario: A schedule of no interval is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    schedule:
      every: PT0S
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is refused for the rule schedule-often at line 3

  Scenario: A schedule of a tenth of a second is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    schedule:
      every: PT0.1S
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is doubted for the rule schedule-often at line 3

  Scenario: A schedule of events that does not say what it reads is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    schedule:
      on:
        one: {with: {type: com.example.a}}
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is doubted for the rule schedule-read at line 3

  Scenario: A listen to any without an end is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          listen:
            to:
              any: [{with: {type: com.example.a}}, {with: {type: com.example.b}}]
    """
    Then the definition is doubted for the rule listen-once at line 6

  Scenario: An attribute that no event can have is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          emit:
            event:
              with:
                type: com.example.a
                My_Name: x
    """
    Then the definition is refused for the rule event-attribute at line 8

  Scenario: A pattern that no event can fit is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          listen:
            to:
              one:
                with:
                  type: 'com.example.(a'
    """
    Then the definition is doubted for the rule event-pattern at line 8

  Scenario: A correlation that no event can answer is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          listen:
            to:
              one:
                with: {type: com.example.a}
                correlate:
                  order:
                    from: ${ $context.order }
    """
    Then the definition is refused for the rule correlation-from at line 10

  Scenario: A computed name of an authentication is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    use: {secrets: [key], authentications: {door: {bearer: {use: key}}}}
    do:
      - a:
          call: http
          with:
            method: get
            endpoint:
              uri: https://shop.example
              authentication:
                use: ${ .name }
    """
    Then the definition is refused for the rule authentication-name at line 11

  Scenario: A grant that lacks what it needs is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          call: http
          with:
            method: get
            endpoint:
              uri: https://shop.example
              authentication:
                oauth2:
                  authority: https://login.example
                  grant: authorization_code
                  client: {id: me}
    """
    Then the definition is refused for the rule grant at line 12

  Scenario: A user in an address is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          call: http
          with:
            method: get
            endpoint: https://ann:pw@shop.example
    """
    Then the definition is refused for the rule address-user at line 7

  Scenario: A version of MCP that podium does not speak is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          call: mcp
          with:
            protocolVersion: '1999-01-01'
            method: tools/list
            transport: {http: {endpoint: 'https://mcp.example'}}
    """
    Then the definition is refused for the rule mcp-version at line 6

  Scenario: A call of a tool without its name is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          call: mcp
          with:
            method: tools/call
            transport: {http: {endpoint: 'https://mcp.example'}}
    """
    Then the definition is refused for the rule missing-parameter at line 5

  Scenario: A call of an agent that nobody names is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          call: a2a
          with:
            method: tasks/list
    """
    Then the definition is refused for the rule missing-agent at line 5

  Scenario: A server beside an agent card is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          call: a2a
          with:
            method: tasks/list
            agentCard: {endpoint: 'https://agent.example'}
            server: https://agent.example
    """
    Then the definition is doubted for the rule ignored-server at line 8

  Scenario: A script in a language that podium does not run is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          run:
            script:
              language: cobol
              code: DISPLAY 1
    """
    Then the definition is refused for the rule script-language at line 6

  Scenario: Arguments of a script by name are doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          run:
            script:
              language: python
              code: print(1)
              arguments: {x: 1}
    """
    Then the definition is doubted for the rule named-arguments at line 8

  Scenario: A return of a process that nobody waits for is doubted
    Given a definition that can be doubted:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          run:
            shell: {command: echo}
            await: false
            return: all
    """
    Then the definition is doubted for the rule unused-return at line 7

  Scenario: A format of schemas that podium does not know is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    input:
      schema:
        format: avro
        document: {type: object}
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is refused for the rule unsupported at line 4

  Scenario: A language of expressions that podium does not know is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    evaluate:
      language: javascript
    do:
      - a: {set: {x: 1}}
    """
    Then the definition is refused for the rule unsupported at line 3

  Scenario: A key that stands twice is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          set: {x: 1}
          set: {x: 2}
    """
    Then the text is refused for the rule document/duplicate at line 5

  Scenario: A tag is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          set:
            x: !!python/object x
    """
    Then the text is refused for the rule document/tag at line 5

  Scenario: A number that JSON does not have is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          set:
            x: .nan
    """
    Then the text is refused for the rule document/number at line 5

  Scenario: A merge key is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          set:
            <<: {x: 1}
    """
    Then the text is refused for the rule document/merge at line 5

  Scenario: Two documents in one text are refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a: {set: {x: 1}}
    ---
    x: 1
    """
    Then the text is refused for the rule document/documents at line 4

  Scenario: A definition without tasks is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    timeout: {after: PT1S}
    """
    Then the text is refused for the rule schema/required at line 1

  Scenario: A task of no kind is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          sett: {x: 1}
    """
    Then the text is refused for the rule schema/falseSchema at line 3

  Scenario: A member of a wrong type is refused
    Given a definition that cannot be used:
    """yaml
    document: {dsl: '1.0.3', namespace: test, name: t, version: '1.0.0'}
    do:
      - a:
          fork:
            compete: perhaps
            branches: [{b: {set: {x: 1}}}]
    """
    Then the text is refused for the rule schema/type at line 5
