"""Counts and lists as a message says them."""


def few(names, most=20):
    """The names in quotes, with dots after the first `most`."""
    return ", ".join(map(repr, names[:most])) + (", ..." if len(names) > most else "")


def counted(count, word):
    """A count with its word, "1 row" or "2 rows"."""
    return f"{count:,} {word}" + ("s" if count != 1 else "")
