"""Bring a whole roster in (批量导入): a table of staff becomes persons, posts and appointments.

``sheet`` reads the file, ``reading`` a row, ``plan`` decides by what is there, ``writing`` writes, ``report`` tells.
"""
