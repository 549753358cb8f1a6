"""Write a text as a Python string literal."""


def quoted(text: str) -> str:
    """Return `text` as a literal: in double quotes, or in single quotes where that needs fewer escapes, as ruff does."""
    body = "".join(_character(char) for char in text)
    if body.count('"') > body.count("'"):
        return "'" + body.replace("'", r"\'") + "'"
    return '"' + body.replace('"', r"\"") + '"'


def _character(char: str) -> str:
    if char == "\\":
        return r"\\"
    return char if char.isprintable() else char.encode("unicode_escape").decode()
