"""Message brokers, as `call: asyncapi` publishes to them and subscribes.

brokers     all of them: connections for publishing, subscriptions of runs
consumers   one subscription, which stays open between the steps of its run
links       what each protocol does
relay       a door on loopback to one server: where it may be, TLS, how much it may say
switchboard the same for a cluster that names its servers itself
amqp, kafka, mqtt, nats, redis, websocket
"""
