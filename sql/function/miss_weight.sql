-- How much it costs that a name lacks a typed word, in hundredths of a word; null if a name must have the word.
-- A name may lack hosts, formats, settings, stages and dates; it must have every other word.
-- scalar: word
select case
    when word in ('~', 'hf', 'latest', 'ai', 'model', 'models', 'the', 'llm', 'by', 's', 'us', 'eu', 'apac', 'global') then 5
    when word in (
        'together', 'togetherai', 'fireworks', 'groq', 'openrouter', 'ollama', 'bedrock', 'azure', 'vertex', 'deepinfra', 'replicate', 'novita', 'nim',
        'lmstudio', '4096', '8192', '32768', '131072'
    ) then 20
    when word in ('instruct', 'chat', 'it', 'base') then 120
    when word in ('high', 'medium', 'low', 'minimal', 'xhigh', 'thinking', 'preview', 'exp', 'open') then 130
    when regexp_full_match(word, '20[0-9]{4}|20[0-9]{6}|[0-9]{4}|0[0-9]{2}') then 250
end
