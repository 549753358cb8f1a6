"""Texts with attacks on a page, for names, organisations, licences and addresses."""

CANARY = "globalThis.__pwned=(globalThis.__pwned||0)+1,document.title='pwned'"

PAYLOADS: tuple[str, ...] = (
    f"<script>{CANARY}</script>",
    f"</script><script>{CANARY}</script>",
    f'<img src=x onerror="{CANARY}">',
    f'<svg onload="{CANARY}">',
    f"<svg><script>{CANARY}</script></svg>",
    f'<iframe srcdoc="<script>parent.{CANARY}</script>"></iframe>',
    f'<details open ontoggle="{CANARY}">x</details>',
    f'<body onload="{CANARY}">',
    f'<input autofocus onfocus="{CANARY}">',
    f'<math><mtext><table><mglyph><style><img src=x onerror="{CANARY}">',
    f'" onmouseover="{CANARY}" x="',
    f"' onfocus='{CANARY}' autofocus='",
    f"javascript:{CANARY}",
    f"JaVaScRiPt:{CANARY}//",
    f"java\tscript:{CANARY}",
    f"data:text/html,<script>{CANARY}</script>",
    f"vbscript:{CANARY}",
    f"');{CANARY};('",
    f"\\');{CANARY};//",
    f"\n');{CANARY};//",
    f"\u2028{CANARY}\u2029",
    f"${{{CANARY}}}",
    f"{{{{ {CANARY} }}}}",
    "{{ 7 * 7 }}{% include 'x' %}",
    f"]]><script>{CANARY}</script>",
    f"<!--<script>{CANARY}</script>",
    f'<a href="javascript:{CANARY}">click</a>',
    f'<base href="https://evil.example/"><script src="x">{CANARY}</script>',
    f'<meta http-equiv=refresh content="0;url=javascript:{CANARY}">',
    f"<style>@import 'https://evil.example/x.css';</style><link rel=stylesheet href=//evil.example onload={CANARY}>",
    "__proto__",
    "constructor",
)

HOSTILE_MODELS = tuple((f"x/{payload}", payload, payload, payload) for payload in PAYLOADS)
