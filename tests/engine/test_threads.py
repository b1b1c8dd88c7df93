"""Many threads at once, on one engine and on several, give the bytes of one; without a GIL as with it."""

import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from worlds import clockwork, daemon, hog

from oommc.engine import Engine
from oommc.policies import registry


def test_many_threads_give_the_bytes_of_one():
    policies = [registry[name] for name in ("baseline", "patched", "mainline-6", "earlyoom")]
    world = clockwork(hog(exit={"wake": {"dist": "exponential", "mean": "3 ms"}, "tail": "1 ms"}), daemon(count=3))
    shared, own = Engine(world, policies, 5), [Engine(world, policies, 5) for _ in range(4)]
    expected = shared.run(0, 1600)
    with ThreadPoolExecutor(16) as pool:
        parts = pool.map(lambda k: (own[k % 4] if k % 2 else shared).run(25 * k, 25), range(64))
        assert (np.concatenate(list(parts), axis=1) == expected).all()


def test_a_free_threaded_interpreter_stays_without_its_lock():
    """Importing the core would bring the GIL back if it weren't marked (`freethreading_compatible`)."""
    free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    assert getattr(sys, "_is_gil_enabled", lambda: True)() is not free_threaded
