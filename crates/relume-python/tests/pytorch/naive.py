"""An independent measurement: everything that passes an activation is kept, and counted afterwards in plain PyTorch."""

import torch


class Naive:
    """The inputs, outputs and gradients of some modules, step after step. The units are along `axis`."""

    def __init__(self, modules, axis=-1):
        self.axis = axis
        self.x = {name: [] for name in modules}
        self.y = {name: [] for name in modules}
        self.dx = {name: [] for name in modules}
        self.handles = []
        for name, module in modules.items():
            self.handles.append(module.register_forward_hook(self.keep(name)))

    def keep(self, name):
        def hook(module, args, output):
            if not module.training:
                return
            self.x[name].append(self.by_unit(args[0]))
            self.y[name].append(self.by_unit(output))
            args[0].register_hook(lambda g: self.dx[name].append(self.by_unit(g)))

        return hook

    def by_unit(self, t):
        """One row per unit."""
        return t.detach().double().movedim(self.axis, 0).flatten(1).clone()

    def zeros(self, name, steps):
        """The share of outputs that are zero."""
        return (self.joined(self.y, name, steps) == 0).double().mean().item()

    def silent(self, name, steps):
        """How many units of a function with a branch at zero gave nothing else."""
        return int((self.joined(self.y, name, steps) == 0).all(1).sum())

    def dead(self, name, steps):
        """How many of these received no gradient either."""
        silent = (self.joined(self.y, name, steps) == 0).all(1)
        return int((silent & (self.joined(self.dx, name, steps) == 0).all(1)).sum())

    def saturated(self, name, steps, beyond):
        """How many units lie beyond these bounds on at least 95 % of the samples."""
        x = self.joined(self.x, name, steps)
        return int((((x < -beyond) | (x > beyond)).double().mean(1) >= 0.95).sum())

    def rms(self, of, name, steps):
        return self.joined(of, name, steps).square().mean().sqrt().item()

    def joined(self, of, name, steps):
        first, last = steps
        return torch.cat(of[name][first : last + 1], 1)
