"""The rule of rules_cython.pyx (pip install cython), built on the spot; a project would build it in its setup.py."""

import importlib.util
import tempfile
from pathlib import Path

from Cython.Build import cythonize
from scipy import LowLevelCallable
from setuptools import Distribution, Extension

import oommc

with tempfile.TemporaryDirectory() as folder:
    source = str(Path(__file__).with_suffix(".pyx"))
    extension = Extension(
        "rules_cython_built", [source], include_dirs=[oommc.get_include()], extra_compile_args=["-ffp-contract=off"]
    )
    build = Distribution({"ext_modules": cythonize([extension], build_dir=folder, quiet=True)}).get_command_obj(
        "build_ext"
    )
    build.build_lib = build.build_temp = folder
    build.ensure_finalized()
    build.run()
    spec = importlib.util.spec_from_file_location("rules_cython_built", build.get_ext_fullpath("rules_cython_built"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
pages_per_second = oommc.victim_function(LowLevelCallable.from_cython(module, "pages_per_second"), version="1")
