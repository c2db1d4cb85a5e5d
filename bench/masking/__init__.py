"""How well masking finds, and whether anything leaks through a real podium: `make bench-masking`.

texts       sentences with personal data made by Faker, by seed; runs in an environment of its own
score       what the rules find in them: recall and precision for each kind
leaks       pii-leak-benchmark against a podium that was started for it
page        the figures in docs/reference/assurance.md
"""
