"""``node.inputs``, ``node.outputs`` and those of a job: ports by attribute and by key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, Protocol, TypeVar

from parallelsdk.exceptions import UnexpectedAttributeError, UnknownPortError
from parallelsdk.rules.names import did_you_mean


class _Assignable(Protocol):
    def assign(self, value: Any) -> None: ...


V = TypeVar("V")
P = TypeVar("P", bound=_Assignable)


class PortView(Mapping[str, V]):
    """Ports by name, to be read only; unknown names raise UnknownPortError.

    The members of a group stand under dotted names, and ``inputs.group.member`` reaches them.
    """

    def __init__(
        self, ports: Mapping[str, V], what: str, new: Callable[[str], V] | None = None
    ) -> None:
        self.__dict__.update(_ports=dict(ports), _what=what, _new=new, _many=_plural(what))

    def __getitem__(self, name: str) -> V:
        ports: dict[str, V] = self.__dict__["_ports"]
        if name in ports:
            return ports[name]
        new = self.__dict__["_new"]
        if new is not None:  # the interface is not known, so any name is right
            ports[name] = new(name)
            return ports[name]
        raise UnknownPortError(
            f"{name!r} is no {self.__dict__['_what']}{did_you_mean(name, ports)}"
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        ports: dict[str, V] = self.__dict__["_ports"]
        members = {n[len(name) + 1 :]: p for n, p in ports.items() if n.startswith(name + ".")}
        if members and name not in ports:
            return type(self)(members, self.__dict__["_what"])
        return self[name]

    def __setattr__(self, name: str, value: Any) -> None:
        raise UnexpectedAttributeError(f"{name}: {self.__dict__['_many']} can only be read.")

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__["_ports"])

    def __len__(self) -> int:
        return len(self.__dict__["_ports"])

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__["_ports"]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]

    def __repr__(self) -> str:
        return f"<{self.__dict__['_many']}: {', '.join(self) or 'none'}>"


def _plural(what: str) -> str:
    """``inputs of the pipeline`` for ``input of the pipeline``."""
    first, _, rest = what.partition(" ")
    return f"{first}s {rest}".strip()


class PortMap(PortView[P]):
    """Ports of which each can be given a value, by assigning to its name."""

    def __setitem__(self, name: str, value: Any) -> None:
        if value is not self.__dict__["_ports"].get(name):
            self[name].assign(value)

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def add(self, name: str, port: P) -> P:
        """Keep a port that the interface does not declare, so that validation can answer it."""
        self.__dict__["_ports"][name] = port
        return port


class PortsAttribute:
    """``inputs`` or ``outputs`` of an object: set once, by the object, as in Azure."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object | None, owner: type) -> Any:
        return self if instance is None else instance.__dict__[self._name]

    def __set__(self, instance: object, value: Any) -> None:
        if self._name in instance.__dict__:
            self._refuse(value)
        instance.__dict__[self._name] = value

    def _refuse(self, value: Any) -> NoReturn:
        name = self._name
        raise UnexpectedAttributeError(
            f"{name}: cannot be replaced, found {value!r:.80}. Give a value to each by its "
            f'name, as in .{name}.rate = ... or .{name}["rate"] = ...'
        )
