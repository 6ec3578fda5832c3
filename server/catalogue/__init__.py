"""Catalogue (表单与词表): what clients need to draw forms and name things, so that a new act needs no new client."""
