"""Scenarios in the words of the specification's conformance kit, and in a few more of ours.

`gherkin` reads feature files, `steps` says what their sentences do, `theatre` is where they are
played in simulated time.
"""
