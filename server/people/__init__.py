"""Persons, posts, units, tokens and devices (人员、岗位、单位)."""
