"""Schedules: what starts runs without anybody who asks.

`times` says when, `schedules` are the values, `service` what people may do with them; `scheduler`
starts what is due, `triggers` what events ask for.
"""
