"""The synthetic city (合成城区): an invented district, its people and a year of work walked through the real arrows.

Everything in it is invented and marked synthetic; only codes of units come from the policy and the statistical list.
"""
