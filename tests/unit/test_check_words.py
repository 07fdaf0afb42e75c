"""What the doctor says of the words that callers are understood by."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from callcenter.app.checks.finding import Health
from callcenter.app.checks.words import check_words
from callcenter.config import check

PROMPTS = Path(__file__).parents[2] / "prompts"


@pytest.mark.parametrize(
    ("file", "text", "health", "said"),
    [
        ("", "", Health.OK, "can be read"),
        ("intents.yaml", "between: [{}]", Health.WARN, "between.0"),
        ("words.yaml", "just words", Health.WARN, "keys only"),
    ],
)
async def test_a_fault_in_the_words_is_named(tmp_path: Path, file: str, text: str, health: Health, said: str) -> None:
    for name in ("prompts.yaml", "intents.yaml", "words.yaml"):
        shutil.copy(PROMPTS / name, tmp_path / name)
    if file:
        (tmp_path / file).write_text(text, encoding="utf-8")
    [finding] = await check_words(check({"voice": {"prompts": "prompts.yaml"}}, tmp_path))
    assert (finding.about, finding.health) == ("words", health)
    assert said in finding.en
    assert bool(finding.remedy_en) == (health is Health.WARN)
