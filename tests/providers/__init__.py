"""Mocks of providers, as published by others, behind a real podium: `make test-providers`.

counterparts what plays which provider, and how podium is told of it
asking       the questions, asked by the vendors' own clients
page         the page that says what came of them
run          starts all of it
"""
