"""Access: who may do what, decided by policies written in Cedar (https://www.cedarpolicy.com).

kinds       what may be acted on and how; the Cedar schema is made of it
built_in    the policies of the built-in roles
bundle      policies and schema, parsed once; asks Cedar
rule        the authorizer: a bundle that may change, and the answers it gave of late
service     policies that admins write: checked, kept as versions, rolled back, tried, explained
"""
