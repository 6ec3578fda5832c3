"""Data of the synthetic city: the illustrative outline and the village codes of the statistical list of 2020."""
