"""When and in what order: the only home of Prefect, and the terminal door."""
