-- The quality of identity resolution in this build, measured on names that a person labelled.
-- The curated rules were written with knowledge of the same leaderboards. On unknown names, expect slightly lower values.
-- grain: labels, part, class, measure
-- reads: input_identity_quality
-- columns:
--   labels | the labelled set
--   part | all labels, or one half of them: the rules were chosen on `tune`; `check` is the other half
--   class | all names, or one class of hard cases
--   measure | the measure: link_precision and link_recall; no_match_kept, the share of names without a match that stayed
--     alone; precision, recall and F1 of pairs and of B-cubed; relation_right, the share of correct relations
--   value | its value, from 0 to 1; null if there was no decision
--   low | the lower end of its 95 % Wilson interval, if it is a share
--   high | the upper end of its 95 % Wilson interval, if it is a share
--   right_decisions | the number of correct decisions; null for B-cubed
--   decisions | the number of decisions; for B-cubed the number of names
-- checks:
--   value is null or value between 0 and 1
--   low is null or low <= value
select
    labels,
    part,
    class,
    measure,
    value,
    low,
    high,
    "right" as right_decisions,
    decided as decisions
from input_identity_quality
order by labels, part, class, measure
