"""Figures that can be trusted (指标): each a named query over records, with numerator, denominator and the records behind."""
