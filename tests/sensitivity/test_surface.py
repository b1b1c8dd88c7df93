"""Where the verdict turns: a known line found again through noise, and the command that tells it."""

import json
import sys

import numpy as np
import pytest
from small import RANGES, WORLD

from oommc.cli import main
from oommc.sensitivity.surface import surface, turns

CELLS, SIGMA = 7, 0.1


def truth(across, up):
    """Turns where across = 2 + 0.5·up, in cells."""
    return 0.3 * (across - 2 - 0.5 * up)


def cells(seed):
    up, across = np.mgrid[:CELLS, :CELLS]
    return truth(across, up) + SIGMA * np.random.default_rng(seed).standard_normal((CELLS, CELLS))


@pytest.fixture(autouse=True)
def sklearn():
    pytest.importorskip("sklearn")


def test_a_line_is_found_again_between_the_ends_that_are_told():
    """Rows 0 to 6 of five maps: 35 ends that share little; 95 % of them are 33, and 27 is five errors off."""
    held = 0
    for seed in range(5):
        found = surface(cells(seed), np.full((CELLS, CELLS), SIGMA**2), 1)
        for row in range(CELLS):
            (turn,) = turns(found, row)
            assert turn.at == pytest.approx(2 + 0.5 * row, abs=0.6)
            assert turn.low <= turn.at <= turn.high
            held += turn.low <= 2 + 0.5 * row <= turn.high
    assert held >= 27


def test_less_noise_less_doubt():
    def width(sigma):
        found = surface(truth(*np.mgrid[:CELLS, :CELLS][::-1]), np.full((CELLS, CELLS), sigma**2), 1)
        (turn,) = turns(found, 3)
        return turn.high - turn.low

    assert width(0.01) < width(0.2)


def test_where_all_is_the_same_nothing_turns():
    assert surface(np.zeros((CELLS, CELLS)), np.zeros((CELLS, CELLS)), 1) is None


def test_the_command(tmp_path, capsys):
    path = tmp_path / "world.toml"
    path.write_text(WORLD.to_toml())
    options = [word for text in RANGES for word in ("--range", text)]
    words = ["sensitivity", str(path), "--policies", "baseline,patched", "--metric", "kills"]
    words += [*options, "--points", "16", "--schedules", "20", "--turn"]
    assert main([*words, "--map", str(tmp_path / "map.svg")]) == 0
    told = capsys.readouterr().out
    assert "where the verdict turns, by a Gaussian process through the map [95 %" in told
    assert "where the verdict turns" in (tmp_path / "map.svg").read_text()
    assert main([*words, "--json"]) == 0
    at = json.loads(capsys.readouterr().out)["map"]
    assert len(at["turns"]) == len(at["y_at"]) and np.shape(at["surface"]["mean"]) == (33, 33)


def test_without_scikit_learn_it_is_one_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.gaussian_process", None)
    path = tmp_path / "world.toml"
    path.write_text(WORLD.to_toml())
    options = [word for text in RANGES for word in ("--range", text)]
    assert main(["sensitivity", str(path), "--policies", "baseline,patched", *options, "--turn"]) == 2
    assert capsys.readouterr().err == "oommc: error: turn: needs scikit-learn: pip install 'oommc[turn]'\n"
