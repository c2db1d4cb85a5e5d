"""The interpreter: documents compiled to a small program, and programs run over `Effects`.

Everything here is deterministic: given the same document, input and recorded outcomes it takes the
same steps in the same order. That is what makes a run survive a crash.
"""
