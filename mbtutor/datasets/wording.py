"""Lists of texts, as they come in an argument and as a message says them."""


def texts(name, value):
    """Return one text or several as a list, without blanks around them; anything else is a ValueError."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, (list, tuple, set, frozenset)) or not all(isinstance(text, str) for text in found):
        raise ValueError(f"{name} must be a list of texts, as they stand in the file; got {value!r}")
    return [text.strip() for text in found]


def quoted(text, most=60):
    """A text in quotes, its end left out where it is long."""
    return repr(text) if len(str(text)) <= most else repr(str(text)[: most - 1] + "…")


def few(names, most=20):
    """The names in quotes, with dots after the first `most`."""
    return ", ".join(map(quoted, names[:most])) + (", ..." if len(names) > most else "")


def counted(count, word):
    """A count with its word, "1 row" or "2 rows"."""
    return f"{count:,} {word}" + ("s" if count != 1 else "")
