"""The field app (移动端): a whole shift without network, in three taps."""
