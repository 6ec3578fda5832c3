"""The audit desk (审计): who did what, who opened sealed data, who searched and exported; is the journal as it was.

Reads the journal; what it writes itself is that somebody audited.
"""
