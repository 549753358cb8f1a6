-- The words of a name as a list, with one spelling for each word that has several: `name_tokens('nomic-embed-text-v1.5')`.
-- scalar: text
select list_transform(
    list_filter(string_split(name_text(text), ' '), lambda word: word <> ''),
    lambda word: case
        when word in ('think', 'reasoning', 'reasoner') then 'thinking'
        when word in ('inst', 'ins', 'instruction', 'instructions') then 'instruct'
        when word = 'experimental' then 'exp'
        else word
    end
)
