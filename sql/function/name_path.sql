-- A typed name or address without what only says where the model is: `name_path('https://huggingface.co/Qwen/Qwen2.5-7B/tree/main')` is `qwen/qwen2.5-7b`.
-- Quotes, hyphens of any script, invisible characters, hosts, and the paths of the Hub, Ollama, OpenRouter, Fireworks and Vertex are cleaned.
-- scalar: text
select lower(text)
    .translate('“”„‟‘’‚‛«»‹›`"''‐‑‒–—―−－＿／：（）×', '               --------_/:()x')
    .regexp_replace('[\x{a0}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]', ' ', 'g')
    .regexp_replace('[\x{ad}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}\x{feff}]', '', 'g')
    .regexp_replace('^\s*(?:ollama|lms|llm|vllm)\s+(?:run|pull|show|serve|get)\s+', '')
    .regexp_replace('[a-z][a-z0-9+.]*://', '')
    .regexp_replace('^\s*(?:[a-z0-9-]+\.)+(?:co|com|ai|org|net|io|cn|dev|app)(?::[0-9]+)?/', '')
    .regexp_replace('[?#].*$', '')
    .regexp_replace('/(?:tree|blob|resolve|raw|commits?|discussions)(?:/.*)?$', '')
    .regexp_replace('models--([^/]+?)--', '\1/')
    .regexp_replace('^\s*@[a-z]+/', '')
    .regexp_replace('(?:^|/)(?:(?:accounts|publishers)/[^/]+/models|models|library|chat|playground|api)/', '/', 'g')
    .regexp_replace('^[\s/]+|[\s/]+$', '', 'g')
