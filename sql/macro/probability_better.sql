-- The probability that one release or model is better than another, which means that one more leaderboard would have it ahead: `select probability_better('openai/gpt-5', 'anthropic/claude-opus-4.1')`.
-- An id that is a release and a model counts as the release. Errors of the calibration that both share cancel. Null if one of them has no rank, and for different tracks.
-- scalar: a, b
-- reads: ability_draws
select (
    select
        if(
            p.ability = q.ability,
            0.5,
            normal_cdf(
                (p.ability - q.ability)
                / sqrt(
                    power(list_distance(p.shared, q.shared), 2) + power(p.deviation, 2) + power(q.deviation, 2)
                    + power(p.board_deviation, 2) + power(q.board_deviation, 2)
                )
            )
        )
    from (select unnest(arg_min(d, d.grain)) from ability_draws as d where d.id = a) as p
    cross join (select unnest(arg_min(d, d.grain)) from ability_draws as d where d.id = b) as q
    where p.track = q.track
)
