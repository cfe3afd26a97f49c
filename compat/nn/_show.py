"""Runs one function of the library under real torch and under jtorch and compares what it shows:
the text of values, the first line of exceptions, warnings."""

import re
import warnings

import torch as real

import jtorch


class Show(list):
    """Collects what calls return or raise, and what they warn."""

    def __call__(self, call):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                shown = repr(call())
            except Exception as error:
                first = str(error).splitlines()[0] if str(error) else ""
                shown = f"{type(error).__name__}: {first}"
        shown = re.sub(r"0x[0-9a-f]+", "0x", shown).replace("jtorch.", "torch.")
        self.append("\n".join([shown, *(f"warns: {str(w.message)[:60]}" for w in caught)]))


def compare(fn):
    """Fails at the first line where the two libraries differ."""
    want, have = Show(), Show()
    fn(real, want)
    fn(jtorch, have)
    for i, (w, h) in enumerate(zip(want, have)):
        assert h == w, f"{fn.__name__}, line {i}\nhave {h}\nwant {w}"
    assert len(have) == len(want)


def net(torch):
    """A small model with every kind of member; its parameters are all 0.5."""

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = torch.nn.Linear(2, 3)
            self.second = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(3, 1))
            self.register_buffer("kept", torch.ones(2))
            self.register_buffer("lost", torch.zeros(1), persistent=False)
            self.scale = torch.nn.Parameter(torch.full((1,), 2.0))

        def forward(self, x):
            return self.second(self.first(x)) * self.scale

    model = Net()
    for parameter in model.parameters():
        torch.nn.init.constant_(parameter, 0.5)
    return model
