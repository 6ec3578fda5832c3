"""The web console (网页端): pages for people at desks, made on the server from what the rooms answer.

Job: frame, lists, case files and desks; every figure and act comes from a route of the API, with its own checks.
Never: hold a rule, reach a table that a room guards, or load anything from another machine.
"""
