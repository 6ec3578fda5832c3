"""From files to the things of the policy, one module per kind of file; every value keeps the place it came from.

Never compares one table with another beyond the names it mentions: that is `checks`.
"""
