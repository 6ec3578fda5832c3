"""Grid events (网格事件): one observed problem at one place, from report to close (spec 5.1)."""
