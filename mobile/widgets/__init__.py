"""A thin kit of own widgets on plain Kivy: words, buttons, rows, sheets; knows no domain noun."""
