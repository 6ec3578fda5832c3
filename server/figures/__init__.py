"""Figures that can be trusted (指标): each a named query, with both counts and the records behind."""
