-- How good the identities of this build are, measured on names that a person labelled.
-- The curated rows were written while looking at the same boards: expect a little less on names that nobody has seen.
-- grain: labels, part, class, measure
-- reads: input_identity_quality
-- columns:
--   labels | the labelled set
--   part | all labels, or one half of them: rules are chosen on `tune`, `check` is the other half
--   class | all names, or one class of hard cases
--   measure | what is measured: link precision and recall, no-match queries kept, pairs and B-cubed over spellings
--   value | the figure, from 0 to 1; null where nothing was to decide
--   low | the low end of its 95 % Wilson interval, where it is a share
--   high | the high end of its 95 % Wilson interval, where it is a share
--   right_decisions | how many decisions were right
--   decisions | how many decisions the figure rests on
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
