"""The field app without a screen: store, outbox, client, inbox, grids, photos, signatures; no kivy, no server."""
