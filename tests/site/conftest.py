"""Select the browser tests only with `-m browser`: they need Chromium, node and the packages of web/."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: runs Chromium; needs node and web/node_modules")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "browser" in str(config.option.markexpr):
        return
    deselected = [item for item in items if item.get_closest_marker("browser")]
    if deselected:
        items[:] = [item for item in items if item not in deselected]
        config.hook.pytest_deselected(items=deselected)
