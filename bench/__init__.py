"""The figures we publish, each one command: `python -m bench.locate` and its like. Never imported by the product."""
