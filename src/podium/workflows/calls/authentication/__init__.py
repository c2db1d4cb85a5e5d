"""How calls authenticate: `authentication` of an endpoint, of every kind that the language has.

policies    what a document or its secret says, as values
digest      RFC 7616: challenges and their answers
grants      RFC 6749, 7523 and 8693: what is asked of a token endpoint, and its answer
tokens      fetched once, kept until shortly before they end
exchange    a request with its policy: sent, and where it is refused sent once more
"""
