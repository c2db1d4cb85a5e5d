"""The configuration of the gateway while podium runs.

versions       what was stored, by whom and why; a version never changes
differences    two documents beside each other, as operations of JSON Patch
ports          what it needs: the stored versions, and what brings one into force
service        the use cases: show, check, change, roll back, reload, follow
"""
