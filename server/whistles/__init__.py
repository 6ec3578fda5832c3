"""Whistles and check-ins (吹哨与报到): the township calls, the departments come, the caller judges (spec 5.2, 5.3, 7)."""
