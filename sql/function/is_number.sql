-- Whether a word of a name is a version or a size: `is_number('3.1')`, `is_number('8x7b')`; a date is neither.
-- scalar: word
select regexp_full_match(word, '[0-9]{1,2}(?:\.[0-9]+)*|[0-9x.]+b|[0-9]{2,}m')
