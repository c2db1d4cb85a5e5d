"""The functions that workflows call: one file each, strangers to each other.

    llm, embed, classify, extract     models
    mask, validate, log               computing only
    sql                               a database
    approve, map                      steer the run
    shelf                             all of them, by name
    pages                             their reference pages

Beside them: ports, arguments, schemas, answers, vectors, grounding (what they are made of) and
models (the gateway as they see it). And for functions of other packages: declared
(`@podium.function`) and installed (found by their entry points).
"""
