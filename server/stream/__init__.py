"""The live stream (实时推送): whoever may see an item hears at once that something happened to it, and nothing more."""
