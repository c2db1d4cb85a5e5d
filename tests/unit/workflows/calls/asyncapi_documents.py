"""Two documents of the same shop: as AsyncAPI 2.6 and as AsyncAPI 3.0 write it."""

TWO = """
asyncapi: 2.6.0
info: {title: Shop, version: '1'}
defaultContentType: application/json
servers:
  rabbit:
    url: '{place}.example.com:{port}/shop'
    protocol: amqp
    security: [{scram: []}]
    variables:
      place: {default: eu, enum: [eu, us]}
      port: {default: '5673'}
  safe: {url: 'amqps://safe.example.com', protocol: amqps}
  stream: {url: 'kafka.example.com:9093', protocol: kafka-secure}
  cloud: {url: 'mqtt://cloud.example.com', protocol: mqtt, protocolVersion: '5'}
channels:
  orders:
    servers: [stream, rabbit]
    bindings: {amqp: {is: queue, queue: {name: orders-q}}, kafka: {topic: orders-t}}
    publish:
      operationId: placeOrder
      bindings: {amqp: {deliveryMode: 2}}
      message: {$ref: '#/components/messages/Order'}
    subscribe:
      operationId: orderPlaced
      message:
        oneOf:
        - {$ref: '#/components/messages/Order'}
        - {payload: {type: object, required: [cancelled]}}
  'rooms/{room}/readings':
    parameters:
      room: {location: '$message.payload#/where/room', schema: {type: string}}
    publish: {operationId: read, message: {contentType: application/cloudevents+json}}
    subscribe: {operationId: readings}
components:
  securitySchemes: {scram: {type: scramSha256}}
  messageTraits:
    keyed: {bindings: {kafka: {key: {type: string}}}, contentType: text/plain}
  messages:
    Order:
      traits: [{$ref: '#/components/messageTraits/keyed'}]
      contentType: application/json
      correlationId: {location: '$message.header#/trace'}
      payload: {$ref: '#/components/schemas/Order'}
  schemas:
    Order:
      type: object
      required: [id]
      properties:
        id: {type: integer}
        item: {$ref: '#/components/schemas/Item'}
    Item: {type: object, required: [name], properties: {name: {type: string}}}
"""

THREE = """
asyncapi: 3.0.0
info: {title: Shop, version: '1'}
servers:
  rabbit:
    host: '{place}.example.com:5673'
    pathname: /shop
    protocol: amqp
    security: [{$ref: '#/components/securitySchemes/scram'}]
    variables: {place: {default: eu, enum: [eu, us]}}
  stream: {host: 'kafka.example.com:9093', protocol: kafka-secure}
  bus: {host: '10.0.0.1', protocol: nats, bindings: {nats: {a: 1}}}
  old: {host: 'old.example.com', protocol: stomp}
channels:
  orders:
    address: orders
    servers: [{$ref: '#/servers/rabbit'}, {$ref: '#/servers/stream'}]
    bindings: {amqp: {is: queue, queue: {name: orders-q}}, kafka: {topic: orders-t}}
    messages:
      order: {$ref: '#/components/messages/Order'}
      cancelled: {payload: {type: object, required: [cancelled]}}
  readings:
    address: 'rooms/{room}/readings'
    parameters: {room: {location: '$message.payload#/where/room'}, unit: {default: c}}
  replies: {address: null}
operations:
  placeOrder:
    action: receive
    channel: {$ref: '#/channels/orders'}
    bindings: {amqp: {deliveryMode: 2}}
    messages: [{$ref: '#/channels/orders/messages/order'}]
  orderPlaced: {action: send, channel: {$ref: '#/channels/orders'}}
  read: {action: receive, channel: {$ref: '#/channels/readings'}}
  reply: {action: send, channel: {$ref: '#/channels/replies'}}
components:
  securitySchemes: {scram: {type: scramSha256}}
  messages:
    Order:
      correlationId: {location: '$message.header#/trace'}
      payload:
        schemaFormat: application/schema+json;version=draft-07
        schema: {$ref: '#/components/schemas/Order'}
  schemas:
    Order:
      type: object
      required: [id]
      properties: {id: {type: integer}, item: {$ref: '#/components/schemas/Item'}}
    Item: {type: object, required: [name], properties: {name: {type: string}}}
"""
