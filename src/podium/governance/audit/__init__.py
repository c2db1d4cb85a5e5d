"""The audit trail: who did what, decided by which rule, and proof that nothing of it was changed.

events        what an entry of the trail says
tree          Merkle trees as RFC 6962 has them
keys, notes   Ed25519 keys and signed checkpoints, as signed notes
trail         where deeds go that no transaction takes along
decisions     an authorizer whose decisions are told
sealing       entries become leaves of the tree, and its root is signed
verification  everything is computed again, and the first bad entry is named
proofs        what an auditor can check without podium's database
exports       JSON Lines, OCSF and CEF
service       the use cases
"""
