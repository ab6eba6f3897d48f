"""Names both sides know."""

READER = "bench.reader"
