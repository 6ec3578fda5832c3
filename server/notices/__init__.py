"""Telling people (通知): one row per line, person, channel and kind; inbox, webhooks, the live stream."""
