"""The field app without a screen: store, outbox, client, inbox, grids, photos, signatures; never imports kivy or server."""
