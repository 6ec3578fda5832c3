"""Whistles and check-ins (吹哨与报到): the township calls, departments come, the caller judges."""
