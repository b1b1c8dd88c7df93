"""What the tests of forms compare with."""

import pytest
from incident_forms import REPORT, told


@pytest.fixture(scope="session")
def expected(tmp_path_factory):
    path = tmp_path_factory.mktemp("bare") / "log"
    path.write_text(REPORT)
    found = told(path)
    assert (found["trigger"]["comm"], found["trigger"]["pid"], found["cause"]) == ("Web Content", 3000, "memory")
    assert [task["comm"] for task in found["tasks"]] == ["systemd-journal", "(sd-pam)", "Web Content", "tmux: server"]
    assert [victim["comm"] for victim in found["victims"]] == ["tmux: server"]
    assert (found["constraint"], found["cpuset"], found["page_cache_kb"]) == ("none", "user.slice", 2200)
    return found
