"""The responsibility rules as queries that must return nothing (责任规则, spec 6)."""
