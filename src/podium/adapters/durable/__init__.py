"""The durable engine: DBOS Transact behind the ports `Engine` and `Effects`."""
