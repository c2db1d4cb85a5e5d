"""Routing by complexity beside fixed choices, on questions that were not trained on.

data   the questions with what a strong and a weak model made of them
score  one split: what is reached by podium's own estimator and by fixed choices
page   tables and chart
run    the command
"""
