"""Policies by name, and the package `oommc.policies` as the mapping that has them."""

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from types import ModuleType

from ..errors import InputError
from ..naming import hint
from .policy import Policy


class UnknownPolicyError(InputError, KeyError):
    """No policy has that name; the message names the nearest."""

    __str__ = Exception.__str__  # KeyError's would put it in quotes


class Registry(dict[str, Policy]):
    """Name → policy. What isn't in it raises UnknownPolicyError."""

    def __missing__(self, name: str) -> Policy:
        raise UnknownPolicyError(f"policies: no policy {name!r}; {hint(str(name), self)}")


class Package(ModuleType):
    """The module `oommc.policies`: its functions,
    and by name what its `registry` holds, as `oommc.policies["patched"]`.
    """

    registry: Registry

    def __getitem__(self, name: str) -> Policy:
        return self.registry[name]

    def __contains__(self, name: object) -> bool:
        return name in self.registry

    def __iter__(self) -> Iterator[str]:
        return iter(self.registry)

    def __len__(self) -> int:
        return len(self.registry)

    def keys(self) -> KeysView[str]:
        """The names, in the order of history."""
        return self.registry.keys()

    def values(self) -> ValuesView[Policy]:
        """The policies, in that order."""
        return self.registry.values()

    def items(self) -> ItemsView[str, Policy]:
        """Both."""
        return self.registry.items()

    def get(self, name: str, default: Policy | None = None) -> Policy | None:
        """The policy of that name, or `default`."""
        return self.registry.get(name, default)
