"""Duty (在岗): shifts of the workers, their positions while a shift lasts, coverage of the grids."""
