-- The distribution function of the standard normal distribution: `normal_cdf(1.6449)` is 0.95. Its error is below 1e-7.
-- The formula is 26.2.17 of Abramowitz & Stegun, Handbook of Mathematical Functions (1964).
-- scalar: x
select if(x < 0, 0.0, 1.0) + if(x < 0, 1.0, -1.0) * 0.3989422804014327 * exp(-0.5 * x * x) / (1 + 0.2316419 * abs(x)) * (
    0.319381530 + (
        -0.356563782 + (
            1.781477937 + (
                -1.821255978 + 1.330274429 / (1 + 0.2316419 * abs(x))
            ) / (1 + 0.2316419 * abs(x))
        ) / (1 + 0.2316419 * abs(x))
    ) / (1 + 0.2316419 * abs(x))
)
