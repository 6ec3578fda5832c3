"""Gridwhistle server: grid governance, whistle and report-in (网格哨)."""
