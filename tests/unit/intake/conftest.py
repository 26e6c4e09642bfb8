"""One intake for all tests: building it is the slow part."""

import pytest

from bot.intake import Intake


@pytest.fixture(scope="session")
def intake(tmp_path_factory):
    return Intake(cache_dir=tmp_path_factory.mktemp("jieba"))
