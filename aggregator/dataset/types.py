"""What DuckDB's types are called elsewhere: in a Frictionless table schema and in Croissant."""

_FRICTIONLESS = {
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "DOUBLE": "number",
    "FLOAT": "number",
}
_CROISSANT = {
    "string": "sc:Text",
    "boolean": "sc:Boolean",
    "date": "sc:Date",
    "datetime": "sc:DateTime",
    "number": "sc:Float",
    "integer": "sc:Integer",
}


def frictionless(duckdb_type: str) -> str:
    """Return the Frictionless type; what has no equal there is `any`."""
    if duckdb_type.endswith("[]"):
        return "array"
    if duckdb_type.endswith("INT") or duckdb_type in ("INTEGER", "UINTEGER"):
        return "integer"
    if duckdb_type.startswith("DECIMAL"):
        return "number"
    if duckdb_type.startswith("STRUCT"):
        return "object"
    return _FRICTIONLESS.get(duckdb_type, "any")


def croissant(duckdb_type: str) -> tuple[str, bool]:
    """Return the Croissant data type of one value, and whether a cell holds many of them."""
    many = duckdb_type.endswith("[]")
    return _CROISSANT.get(frictionless(duckdb_type.removesuffix("[]")), "sc:Text"), many
