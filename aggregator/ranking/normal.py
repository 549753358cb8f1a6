"""Constants of the normal distribution."""

QUANTILE_95 = 1.6448536269514722
"""95 % quantile of the standard normal distribution: half the width of a 90 % interval, in standard deviations."""
DEVIATION_PER_MAD = 1.4826
"""Standard deviation per median absolute deviation."""
IQR_PER_DEVIATION = 1.349
"""Interquartile range per standard deviation."""
MEDIAN_OF_SQUARE = 0.4549
"""Median of a squared standard normal variate."""
