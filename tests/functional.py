"""Networks written as functions, for the tests of receptive fields."""

from torch import nn


class Functional(nn.Module):
    """A forward written as a function of the input and some modules."""

    def __init__(self, function, *modules):
        super().__init__()
        self.function = function
        self.parts = nn.ModuleList(modules)

    def forward(self, x):
        return self.function(x, *self.parts)
