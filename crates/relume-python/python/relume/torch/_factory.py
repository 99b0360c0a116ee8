"""Makes PyTorch's functions and modules from relume's catalogue and PyTorch's convention.

Both are made from templates, as ``namedtuple`` is, because small tensors feel every step in Python between a call and
PyTorch's operation. Closures were tried in their place: handing on ``*args`` and ``**kwargs``, or reading a module's
attributes by a list of their names, takes several times as long as the choice between relume and PyTorch does.
"""

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from relume.torch import _prelu, _rows
from relume.torch._choice import suits
from relume.torch._dispatcher import CATALOGUE, Dispatcher, dispatchers
from relume.torch._sizes import Sizes, sizes_for_memory, sizes_of

FUNCTION = """
def {name}{signature}:
    if suits(input, {sizes}):
        return dispatcher(input, ({values}){inplace})
    return own({arguments})
"""

MODULE = """
def forward(self, input: torch.Tensor) -> torch.Tensor:
    if suits(input, {sizes}):
        return dispatcher(input, ({values}){inplace})
    return {own}
"""


def function(dispatcher: Dispatcher) -> Callable[..., Tensor]:
    """The function as users call it."""
    arguments = [inspect.Parameter("input", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Tensor)]
    for name, default in zip(dispatcher.names, dispatcher.defaults, strict=True):
        arguments.append(parameter(name, default))
    if dispatcher.inplace:
        arguments.append(parameter("inplace", False))
    signature = inspect.Signature(arguments, return_annotation=Tensor)
    call = from_template(
        FUNCTION,
        name=dispatcher.name,
        names={"own": dispatcher.own, "dispatcher": dispatcher},
        signature=str(signature),
        arguments=passed(dispatcher, "") + ", inplace" * dispatcher.inplace,
        values="".join(f"{name}, " for name in dispatcher.names),
        sizes=f"sizes[{dispatcher.names[0]}]" if dispatcher.variants else "sizes",
        inplace=", inplace" * dispatcher.inplace,
    )
    call.__qualname__ = dispatcher.name
    call.__module__ = "relume.torch"
    call.__doc__ = describe(dispatcher, f"torch.nn.functional.{dispatcher.name}")
    return call


def parameter(name: str, default: Any) -> inspect.Parameter:
    """A function's parameter; words are given by keyword only, as in PyTorch."""
    of = inspect.Parameter
    kind = of.KEYWORD_ONLY if isinstance(default, str) else of.POSITIONAL_OR_KEYWORD
    return of(name, kind, default=default, annotation=float if default is of.empty else type(default))


def passed(dispatcher: Dispatcher, owner: str) -> str:
    """The arguments of PyTorch's operation: the input and the parameters, which belong to an owner."""
    pairs = zip(dispatcher.names, dispatcher.defaults, strict=True)
    values = [f"{name}={owner}{name}" if isinstance(default, str) else owner + name for name, default in pairs]
    return ", ".join(["input", *values])


def module(dispatcher: Dispatcher, base: type[nn.Module]) -> type[nn.Module]:
    """The class as users construct it: PyTorch's, which `use` gives another forward."""
    doc = describe(dispatcher, f"torch.nn.{base.__name__}")
    return type(base.__name__, (base,), {"__doc__": doc, "__module__": "relume.torch"})


def forward(dispatcher: Dispatcher, base: type[nn.Module]) -> Callable[..., Tensor]:
    """The forward of a module, as a method."""
    arguments = passed(dispatcher, "self.")
    if dispatcher.is_corrected:
        own = f"operation({arguments})"
    else:
        # PyTorch's own forward knows what to do in place, which is rare, for subclasses, and for who traces it.
        in_place = " or self.inplace" * dispatcher.inplace
        own = f"own(self, input) if type(input) is not Tensor{in_place} else operation({arguments})"
    return from_template(
        MODULE,
        name="forward",
        names={"own": base.forward, "operation": operation(dispatcher), "dispatcher": dispatcher},
        values="".join(f"self.{name}, " for name in dispatcher.names),
        sizes=f"sizes[self.{dispatcher.names[0]}]" if dispatcher.variants else "sizes",
        inplace=", self.inplace" * dispatcher.inplace,
        own=own,
    )


def from_template(template: str, name: str, names: dict[str, Any], **pieces: str) -> Any:
    """The function of this name that a template defines, with its pieces filled in, and the names that it uses."""
    names |= {"torch": torch, "Tensor": Tensor, "suits": suits}
    exec(template.format(name=name, **pieces), names)
    return names[name]


def operation(dispatcher: Dispatcher) -> Callable[..., Tensor]:
    """What PyTorch's function calls in the end, if it is a function of Python around one operation."""
    if dispatcher.is_corrected:
        return dispatcher.own
    return next(
        (getattr(place, dispatcher.name) for place in (torch, torch._C._nn) if hasattr(place, dispatcher.name)),
        dispatcher.own,
    )


def describe(dispatcher: Dispatcher, original: str) -> str:
    """A docstring."""
    definition = dispatcher.definition
    return f"{definition.title}: f(x) = {definition.formula}, as ``{original}``.\n\n{definition.summary}"


DISPATCHERS = dispatchers()
FUNCTIONS: dict[str, Callable[..., Tensor]] = {d.name: function(d) for d in DISPATCHERS.values()}
FORWARDS = {base: forward(d, base) for base, d in DISPATCHERS.items()}
MODULES: dict[str, type[nn.Module]] = {base.__name__: module(d, base) for base, d in DISPATCHERS.items()}


def use(sizes_of: Callable[[str], Sizes]) -> None:
    """Leaves tensors of other sizes to PyTorch than these, by the function's name in the catalogue.

    A module that relume never computes gets PyTorch's own ``forward``, at no cost.
    """
    for base, dispatcher in DISPATCHERS.items():
        dispatcher.use(sizes_of)
        for call in FUNCTIONS[dispatcher.name], FORWARDS[base]:
            call.__globals__["sizes"] = dispatcher.sizes
        differs = dispatcher.is_used or dispatcher.is_corrected
        MODULES[base.__name__].forward = FORWARDS[base] if differs else base.forward
    _prelu.sizes = sizes_of(_prelu.NAME)


use(sizes_of)
FUNCTIONS[_prelu.NAME], MODULES[_prelu.PReLU.__name__] = _prelu.prelu, _prelu.PReLU
FUNCTIONS |= _rows.FUNCTIONS
MODULES |= _rows.MODULES


def favour_memory(on: bool = True) -> None:
    """Makes functions whose backward needs one bit per element keep no more than that, though it takes longer.

    This concerns training on the CPU, in the whole process: ``relu``, ``relu6``, ``leaky_relu``, ``threshold``,
    ``hardtanh``, ``hardsigmoid``, ``hardshrink`` and ``softshrink``. PyTorch keeps the input or the output.

    >>> import torch, relume.torch
    >>> relume.torch.favour_memory()
    >>> y = relume.torch.leaky_relu(torch.randn(8000, requires_grad=True))
    >>> [saved.nbytes for saved in y.grad_fn.saved_tensors]
    [1000]
    >>> relume.torch.favour_memory(False)
    """

    def sizes(name: str) -> Sizes:
        one_bit = name in CATALOGUE and CATALOGUE[name].needs == "one bit per element"
        return sizes_for_memory(name) if on and one_bit else sizes_of(name)

    use(sizes)
