"""Objections to an assignment (职责异议): the only lawful way not to keep it; the clock never stops (spec 5.16)."""
