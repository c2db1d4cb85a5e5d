"""How the tables came to be, one Alembic revision in a file; never changed once released."""

REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
)
"""In order, the last one is this podium's; here so that a start need not import Alembic."""
