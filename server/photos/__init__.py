"""Photos of any item (照片): declared with the record, sent on their own, known by the hash of their bytes."""
