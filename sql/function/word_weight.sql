-- How much a word of a name says when the typed text leaves it out, in hundredths of a word: `word_weight('mini')` is 108.
-- Formats, stages, dates and active sizes say nothing; `find` counts versions and sizes apart; longer words say a little more than short ones.
-- scalar: word
select case
    when is_number(word) or word in ('~', 'hf', 'latest', 'instruct', 'chat', 'it', 'base') then 0
    when regexp_full_match(word, '20[0-9]{4}|20[0-9]{6}|[0-9]{4}|0[0-9]{2}|a[0-9.]+b|[0-9]{1,3}e') then 0
    when regexp_full_match(word, '[0-9]{1,3}k|1m|[0-9]{5,6}') then 30
    when word in ('text', 'lm', 'llm', 'model') then 40
    when word in ('high', 'medium', 'low', 'minimal', 'xhigh', 'no', 'thinking', 'preview', 'exp', 'beta', 'alpha', 'online') then 70
    else 100 + 2 * length(word)
end
