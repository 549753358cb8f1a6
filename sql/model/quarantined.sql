-- Quarantine: rows that are excluded from all other tables, with the reason.
-- grain: source, file, row
-- reads: input_quarantined
-- columns:
--   source | the id of the leaderboard
--   file | the path of the file in a mirror
--   row | the position of the row in the file, from 0
--   raw_name | the name of the model in that row
--   reason | the rules that the row violates
-- checks:
--   reason is not null
select
    source,
    file,
    "row",
    raw_name,
    reason
from input_quarantined
order by source, file, "row"
