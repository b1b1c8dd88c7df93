"""Monte Carlo of the Linux OOM killer: unnecessary kills and time to recovery under every policy.

Everything here is loaded when it is first used, so that `import oommc` and `oommc --help` stay quick.
"""

import importlib
import sys
import types

_HOMES = {
    "InputError": "oommc.errors",
    "RunError": "oommc.errors",
    "Scenario": "oommc.scenario",
    "Result": "oommc.result",
    "fit": "oommc.fitting",
    "load": "oommc.api",
    "load_policies": "oommc.policies",
    "victim_function": "oommc.policies",
    "get_include": "oommc.engine",
    "merge": "oommc.api",
    "run": "oommc.api",
    "replay": "oommc.api",
}
__all__ = [*_HOMES, "policies"]


class _Package(types.ModuleType):
    """`oommc.policies` is the registry, `oommc.policies["patched"]` a policy.

    The import system sets a package's attribute to each submodule it loads; this property keeps it from
    replacing the registry by the module of the same name.
    """

    @property
    def policies(self):
        return importlib.import_module("oommc.policies").registry

    @policies.setter
    def policies(self, module):
        pass

    def __getattr__(self, name: str):
        if name == "__version__":
            return importlib.import_module("oommc.collect.manifest").version()
        if name == "distributions":
            return importlib.import_module("oommc.distributions")
        if name not in _HOMES:
            raise AttributeError(f"module 'oommc' has no attribute {name!r}")
        value = getattr(importlib.import_module(_HOMES[name]), name)
        setattr(self, name, value)
        return value

    def __dir__(self):
        return sorted({*super().__dir__(), *__all__, "__version__"})


sys.modules[__name__].__class__ = _Package
