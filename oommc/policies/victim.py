"""A user's victim function: a score of their own in place of a kernel's badness().

Either plain Python, called by the twin, or compiled (a `scipy.LowLevelCallable`: numba's cfunc, Cython, C through
ctypes), called by the core without the GIL. The task that it sees is laid out in `oommc_victim.h`; what a score
means is told in docs/victim-functions.md. Its machine code can't be read, so a compiled function is known by the name
and version that its author gives, a Python function by its text too.
"""

import ctypes
import hashlib
import inspect
import re
import types
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import reading
from ..errors import InputError, RunError

_SIGNATURES = ("double(oommc_task*,void*)", "double(void*,void*)")
_CONST = re.compile(r"\b(const|struct)\b|\s+")


Task = namedtuple(
    "Task",
    "thread process parent cls threads children current has_mm rss swap total_vm mlocked oom_adj oom_score_adj "
    "nice root rawio cpu_ns run_ns memcg nodes signalled marked exiting victim now_ns kills free total",
)
"""What a function in Python sees: the fields of `struct oommc_task`, in their order, whole numbers all."""


@dataclass(frozen=True)
class VictimFunction:
    """A function with what tells it from another: `name`, `version`, and of Python's the `digest` of its text.

    `address` and `user_data` are those of a compiled one, 0 for one in Python. `at`: what `load` needs for one that
    isn't loaded yet.
    """

    name: str
    version: str = ""
    digest: str = ""
    function: Callable | None = field(default=None, compare=False, repr=False)
    address: int = 0
    user_data: int = 0
    keeps: object = field(default=None, compare=False, repr=False)  # what owns the machine code
    at: tuple[str, str, Path] | None = field(default=None, compare=False, repr=False)

    def __call__(self, task: Task) -> float:
        """The score of a task. RunError for what a function in Python does wrong."""
        if self.address:
            code = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_void_p, ctypes.c_void_p)(self.address)
            return code((ctypes.c_int64 * len(task))(*task), self.user_data)
        assert self.function is not None
        try:
            return float(self.function(task))
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            raise RunError(f"victim function {self.name}: {what} ({task})") from error

    def to_dict(self) -> dict:
        """What a result directory says of it."""
        kind = "not loaded" if self.at else "compiled" if self.address else "python"
        return {"name": self.name, "version": self.version, "kind": kind, "digest": self.digest}

    def __reduce__(self) -> tuple:
        if self.address:
            raise InputError(
                f"victim function {self.name}: machine code can't be sent to another process; "
                "use threads (--workers) or --shard instead of a cluster"
            )
        return VictimFunction, (self.name, self.version, self.digest, self.function)


def victim_function(function: Any, name: str = "", version: str = "") -> VictimFunction:
    """`function`: a Python callable of one task, or a `scipy.LowLevelCallable` of signature
    `double (const oommc_task *, void *)`. Raises InputError for anything else.
    """
    from scipy import LowLevelCallable

    if isinstance(function, VictimFunction):
        return function
    if isinstance(function, LowLevelCallable):
        address, user_data = _machine_code(function)
        name = name or getattr(function.function, "__name__", "") or "compiled"
        return VictimFunction(name, version, address=address, user_data=user_data, keeps=function)
    if not callable(function):
        raise InputError(
            f"selector: {function!r:.60} is no selector's name, no function of a task and no scipy.LowLevelCallable"
        )
    name = name or getattr(function, "__name__", type(function).__name__)
    return VictimFunction(name, version, _digest(function), function)


def named(reference: str, where: str, folder: Path) -> VictimFunction:
    """What a policy file names, as `load` takes it, without loading it: that would run the file. It can be told of,
    and not be called.
    """
    return VictimFunction(reference.rpartition(":")[2], at=(reference, where, folder))


def load(reference: str, where: str, folder: Path) -> VictimFunction:
    """The function that a policy file names: "rules.py:score", the file beside it, which runs. Raises InputError."""
    path, _, name = reference.rpartition(":")
    file = folder / path
    module = types.ModuleType(file.stem)
    module.__file__ = str(file)
    try:
        exec(compile(reading.read(file, f"{where}: {file}"), str(file), "exec"), vars(module))
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        raise InputError(f"{where}: {file}: {type(error).__name__}: {error}") from None
    if not hasattr(module, name):
        raise InputError(f"{where}: {file} has no {name!r}")
    found = getattr(module, name)
    if not (isinstance(found, VictimFunction | tuple) or callable(found)):
        raise InputError(f"{where}: {name!r} of {file} is no function")
    try:
        return victim_function(found, name)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _machine_code(function: Any) -> tuple[int, int]:
    """Where a LowLevelCallable's code and its user data are."""
    capsule = tuple.__getitem__(function, 0)
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype, api.PyCapsule_GetName.argtypes = ctypes.c_char_p, [ctypes.py_object]
    api.PyCapsule_GetPointer.restype = api.PyCapsule_GetContext.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    api.PyCapsule_GetContext.argtypes = [ctypes.py_object]
    signature = api.PyCapsule_GetName(capsule)
    if _CONST.sub("", (signature or b"").decode()) not in _SIGNATURES:
        raise InputError(
            f"selector: a victim function of signature {(signature or b'none').decode()!r}; "
            "right is 'double (const oommc_task *, void *)'"
        )
    return api.PyCapsule_GetPointer(capsule, signature), api.PyCapsule_GetContext(capsule) or 0


def _digest(function: Callable) -> str:
    """Of the function's text, its defaults and what it closes over; of its byte code where there is no text."""
    function = inspect.unwrap(function)
    code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    try:
        text = inspect.getsource(function if hasattr(function, "__code__") else type(function))
    except (OSError, TypeError):
        text = repr((code.co_code, code.co_names)) if code else repr(function)
    cells = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
    state = [
        text,
        getattr(function, "__defaults__", None),
        cells,
        code and [c for c in code.co_consts if not inspect.iscode(c)],
    ]
    return hashlib.sha256(repr(state).encode()).hexdigest()[:16]
