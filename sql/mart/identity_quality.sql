-- The quality of identity resolution in this build, measured on names that a person labelled.
-- The curated rules were written with knowledge of `labels.tsv`, and the match rules with knowledge of both sets. On
-- unknown names, expect slightly lower values.
-- grain: labels, board, part, class, method, measure
-- reads: input_identity_quality
-- columns:
--   labels | the labelled set: `labels.tsv` (names of the Arena) or `labels_other_boards.tsv`
--   board | all names, or the leaderboard that uses them; a board of other labels need not be a source of this build
--   part | all labels, or one half of them: the rules were chosen on `tune`; `check` is the other half
--   class | all names, or one class of hard cases; "needs knowledge" are names that no rule can place without a fact
--     from outside, such as which repository an API name means
--   method | `metaboard`, which the other tables use; `without_curated`, the same without the rows of `aliases.toml` and
--     `api_names.toml`; or a baseline: equal tails in lower case (`lower_tail`), with equal separators
--     (`normalized_tail`), with sorted words (`sorted_tail`), and names of at least 92 of 100 in rapidfuzz
--     (`rapidfuzz_92`)
--   measure | the measure: link_precision and link_recall; no_match_kept, the share of names without a match that stayed
--     alone; precision, recall and F1 of pairs and of B-cubed; publisher_right and whole_id_right, the shares of model ids
--     with the labelled publisher and equal to the labelled id; relation_right, the share of correct relations
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
    board,
    part,
    class,
    method,
    measure,
    value,
    low,
    high,
    "right" as right_decisions,
    decided as decisions
from input_identity_quality
order by labels, board, part, class, method, measure
