"""Everything podium remembers, in one SQL database: a SQLite file or PostgreSQL, the same code.

database    the engine, who may write when, and schema migration
faults      what a database's errors mean in words
columns     the column types; tables, the tables; migrations, how they came to be
payloads    large JSON, stored once by its digest
cursors     where a page ended
runs, workflows, approvals, spans, identity, vectors    one store for each port
stores      all of them over one database
"""
