"""Message brokers, as `call: asyncapi` publishes to them and subscribes."""
