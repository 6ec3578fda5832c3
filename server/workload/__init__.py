"""Workload (工作量): a person's own work in numbers, for that person and the direct superior only (spec 13.7)."""
