"""Secrets are removed from texts and errors; ordinary texts stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import FetchError
from flows.redaction import REDACTED, clean, redact, redact_error, redact_errors
from tests.support.canary import CANARY, raise_with_canary

PLAIN = "plain-secret-of-no-known-shape"

LEAKS = [
    f"token {CANARY} in words",
    f"Authorization: Bearer {CANARY}",
    f"{{'authorization': 'Bearer {CANARY}'}}",
    'headers: {"Authorization": "Basic dXNlcjpwYXNzd29yZDEyMw=="}',
    "https://user:pa55word@host/path",
    "https://host/path?token=abcdef123456&x=1",
    "https://host/x?X-Amz-Signature=0123456789abcdef",
    "ghp_0123456789abcdefABCDEF",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
]


@pytest.mark.parametrize("text", LEAKS)
def test_strings_that_look_like_credentials_are_redacted(text: str) -> None:
    cleaned = redact(text, {})
    assert REDACTED in cleaned
    for secret in (CANARY, "dXNlcjpwYXNzd29yZDEyMw", "pa55word", "abcdef123456", "0123456789abcdef", "c2lnbmF0dXJl"):
        assert secret not in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "Qwen/Qwen2.5-72B-Instruct moved from 3 to 1",
        "https://huggingface.co/datasets/mteb/results/resolve/main/data/x.parquet?download=true",
        "basic questions about bearer bonds",
        "hf_model and hf_hub_download",
        "sha256 0f343b0931126a20f133d67c2b018a3b5e8f4c0f343b0931126a20f133d67c2b",
        "4,576 rows read = 4,497 accepted + 12 quarantined + 67 duplicate",
        "read http://127.0.0.1:4200/api at 03:17:00",
    ],
)
def test_ordinary_texts_stay(text: str) -> None:
    assert redact(text, {}) == text


@pytest.mark.parametrize("name", ["HF_TOKEN", "MY_PASSWORD", "AWS_SECRET_ACCESS_KEY", "METABOARD_WEBHOOK", "X_API_KEY"])
def test_values_of_secret_variables_are_redacted_in_any_form(name: str) -> None:
    assert redact(f"before {PLAIN} after", {name: PLAIN}) == f"before {REDACTED} after"
    assert "a%2Fb" not in redact("see a%2Fb%3Fc%3Dd%2Fe", {name: "a/b?c=d/e"})


def test_short_values_and_other_variables_stay() -> None:
    assert redact("true and /home/me", {"TOKENIZERS_PARALLELISM": "true", "HOME": "/home/me"}) == "true and /home/me"


@given(st.text())
def test_a_clean_text_has_only_printable_characters(text: str) -> None:
    cleaned = clean(text)
    assert all(character.isprintable() or character in "\n\t" for character in cleaned)
    assert clean(cleaned) == cleaned


def test_errors_lose_their_secrets_and_keep_their_type() -> None:
    with pytest.raises(FetchError) as caught:
        redact_errors(raise_with_canary)()
    error = caught.value
    assert CANARY not in str(error) + error.location + error.reason + error.hint + str(error.__cause__)
    assert error.location == f"https://host/{REDACTED}"


def test_errors_that_cause_each_other_in_a_circle_are_redacted() -> None:
    one, two = ValueError(CANARY), KeyError(CANARY)
    one.__cause__, two.__cause__ = two, one
    redact_error(one)
    assert CANARY not in str(one) + str(two)
