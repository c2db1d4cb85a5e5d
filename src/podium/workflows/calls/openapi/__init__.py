"""`call: openapi`: an operation of an interface's description, called by its name.

description   a parsed OpenAPI 2.0, 3.0 or 3.1 document: its operations by id, its references
descriptions  fetched, parsed once, kept while their text stays the same
schemas       what a schema says about an object's members and a value's kind
operation     one operation of either version, as the same values
parameters    values in a path, a query, a header and a cookie: styles and explode
payload       a body's bytes from named values
servers       where an operation is, with variables and relative addresses
request       all of it together, with what security schemes ask for
call          the protocol call
"""
