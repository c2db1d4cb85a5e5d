"""Data that workflows work on: labelled datasets and connections to databases."""
