"""Builds the compiled core, `oommc.engine._core`, from `pyx/`.

`OOMMC_DEBUG=1 pip install -e .` makes the debug build: bounds checks, the core's own asserts, no optimization.
`OOMMC_SANITIZE=address,undefined` (or `thread`) adds GCC's and Clang's checks to it; `.ci/sanitize` runs the tests so.
Floating-point contraction is off so that a result has the same bytes on every architecture.
"""

import os
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

sys.path.insert(0, "pyx")
from generate import generate

GENERATED = Path("build/pyx")
generate(GENERATED)

sanitizers = os.environ.get("OOMMC_SANITIZE", "")
debug = bool(sanitizers) or os.environ.get("OOMMC_DEBUG", "0") == "1"
checks = [f"-fsanitize={sanitizers}", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"] if sanitizers else []
core = Extension(
    "oommc.engine._core",
    ["pyx/core.pyx"],
    include_dirs=["pyx", "oommc/engine"],
    define_macros=[("OOMMC_DEBUG", "1")] if debug else [],
    extra_compile_args=["-ffp-contract=off"] + (["-Og", "-g", "-UNDEBUG", *checks] if debug else ["-O3"]),
    extra_link_args=checks,
)
setup(
    ext_modules=cythonize(
        [core],
        include_path=["pyx", str(GENERATED)],
        build_dir="build/cython",
        force=debug,
        compiler_directives={
            "language_level": 3,
            "boundscheck": debug,
            "wraparound": False,
            "cdivision": True,
            "initializedcheck": debug,
        },
    )
)
