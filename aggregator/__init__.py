"""One rank table from every leaderboard: the library under the flows, usable without Prefect."""
