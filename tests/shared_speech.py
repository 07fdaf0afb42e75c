"""The speech model and the recorded clips that lie beside the project, for the tests that want them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

SHARED: Final = Path(__file__).parents[2] / "shared" / "speech"
SHARED_MODEL: Final = SHARED / "model"
SHARED_CLIPS: Final = SHARED / "clips"
SHARED_PHRASES: Final = SHARED / "phrases.txt"

needs_model = pytest.mark.skipif(
    not (SHARED_MODEL / "am/final.mdl").is_file(), reason="no speech model in ../shared/speech/model"
)
