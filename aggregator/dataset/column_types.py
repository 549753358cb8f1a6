"""Names of DuckDB column types in Frictionless table schemas and in Croissant."""

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


def frictionless_type(duckdb_type: str) -> str:
    """Return the Frictionless type, or `any` when there is no equivalent."""
    if duckdb_type.endswith("[]"):
        return "array"
    if duckdb_type.endswith("INT") or duckdb_type in ("INTEGER", "UINTEGER"):
        return "integer"
    if duckdb_type.startswith("DECIMAL"):
        return "number"
    if duckdb_type.startswith("STRUCT"):
        return "object"
    return _FRICTIONLESS.get(duckdb_type, "any")


def croissant_type(duckdb_type: str) -> tuple[str, bool]:
    """Return the Croissant data type of one value, and whether a cell holds a list of them."""
    is_list = duckdb_type.endswith("[]")
    return _CROISSANT.get(frictionless_type(duckdb_type.removesuffix("[]")), "sc:Text"), is_list
