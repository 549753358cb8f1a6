-- Rows that were held out of every table, and why.
-- grain: source, file, row
-- reads: input_quarantined
-- columns:
--   source | the leaderboard
--   file | the file, as a mirror names it
--   row | the row's position in the file, from 0
--   raw_name | the model's name in that row
--   reason | which rules the row breaks
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
