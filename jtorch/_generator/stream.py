"""torch's CPU generator in NumPy: the mt19937 stream seeded as torch seeds it, and torch's recipes
that turn the stream into uniform, normal and other numbers, draw for draw. Every draw returns a
flat ndarray; nothing here knows a Tensor.

Single and half precision, integers, permutations and coin flips are torch's bit for bit (float32
normals by way of the same Cephes polynomials, fused multiply-adds included); what torch computes in
double precision may differ in the last place, because its libm and NumPy's do. The recipes are
those of torch on x86 without Intel's MKL shortcuts, which torch takes on Intel processors only.

For devices other than the CPU a generator keeps a key: a seed and an offset that draws advance.
"""

import secrets
import threading
from typing import Any

import numpy as np

from .boxmuller import normal_block
from .fma import fma64

DEFAULT_SEED = 67280421310721
MAX_UINT64 = (1 << 64) - 1
N = 624  # words of state of mt19937

STATE = np.dtype(
    [
        ("seed", "<u8"), ("left", "<i4"), ("seeded", "<i4"), ("next", "<u8"), ("words", "<u8", N),
        ("normal_x", "<f8"), ("normal_y", "<f8"), ("normal_rho", "<f8"),
        ("normal_is_valid", "<i4"), ("padding", "<i4"),
        ("float_normal", "<f4"), ("float_normal_is_valid", "<i4"),
    ]
)  # fmt: skip

_F32, _F64 = np.dtype(np.float32), np.dtype(np.float64)
_DIGITS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}


class Stream:
    """A source of random numbers with torch's state: `cpu` draws them, other devices get keys."""

    def __init__(self, on_cpu: bool = True):
        self.on_cpu = on_cpu
        self.lock = threading.RLock()
        self._offset = 0
        self._normal: float | None = None  # the second of a pair of normal numbers, not used yet
        self._reseed(DEFAULT_SEED if on_cpu else 0)

    # -- the state

    def _reseed(self, seed: int) -> None:
        self._seed = seed
        self._fresh = True  # nothing drawn since: torch's state says so, NumPy's does not
        self._normal, self._offset = None, 0
        if self.on_cpu:
            self._bits = np.random.MT19937()
            self._bits._legacy_seeding(seed & 0xFFFFFFFF)
            self._generator = np.random.Generator(self._bits)

    def manual_seed(self, seed: int):
        """Start over with this seed; negative ones count from 2**64 down."""
        if not hasattr(seed, "__index__"):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        seed = seed.__index__()
        if not -(1 << 63) <= seed <= MAX_UINT64:
            raise ValueError("Overflow when unpacking long long")
        with self.lock:
            self._reseed(seed & MAX_UINT64)
        return self

    def seed(self) -> int:
        """Start over with a seed from the operating system, which is returned."""
        seed = secrets.randbits(64)
        with self.lock:
            self._reseed(seed)
        return seed

    def initial_seed(self) -> int:
        """The seed this generator started with."""
        return self._seed

    def get_offset(self) -> int:
        """How far a generator of another device than the CPU has advanced."""
        if self.on_cpu:
            raise RuntimeError("CPU Generator does not use offset")
        return self._offset

    def set_offset(self, offset: int) -> None:
        """Move a generator of another device than the CPU."""
        if self.on_cpu:
            raise RuntimeError("CPU Generator does not use offset")
        self._offset = int(offset)

    def next_key(self, count: int) -> tuple[int, int]:
        """(seed, offset) for `count` numbers on a device; no two keys share an offset."""
        with self.lock:
            key = self._seed, self._offset
            self._offset += -(-count // 4) * 4
        return key

    def state(self) -> np.ndarray:
        """The state as bytes, laid out as torch lays it out."""
        with self.lock:
            if not self.on_cpu:
                return np.array([self._seed, self._offset], "<u8").view(np.uint8)
            inner = self._bits.state["state"]
            out = np.zeros((), STATE)
            out["seed"], out["seeded"], out["words"] = self._seed, 1, inner["key"]
            out["next"] = 0 if self._fresh else inner["pos"]
            out["left"] = 1 if self._fresh else N + 1 - inner["pos"]
            if self._normal is not None:
                out["normal_y"], out["normal_is_valid"] = self._normal, 1
            return np.frombuffer(out.tobytes(), np.uint8).copy()

    def set_state(self, state: np.ndarray) -> None:
        """Take over a state from `state()`, or from real torch."""
        if not self.on_cpu:
            if state.size != 16:
                raise RuntimeError("RNG state is wrong size")
            with self.lock:
                self._seed, self._offset = (int(x) for x in state.view("<u8"))
            return
        if state.size != STATE.itemsize:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {STATE.itemsize} but found the input "
                f"RNG state size to be {state.size}"
            )
        given = np.frombuffer(state.tobytes(), STATE)[0]
        left, position = int(given["left"]), int(given["next"])
        if not (given["seeded"] and 0 < left <= N and position <= N):
            raise RuntimeError("Invalid mt19937 state")
        with self.lock:
            self._seed, self._fresh = int(given["seed"]), left == 1 and position == 0
            self._normal = float(given["normal_y"]) if given["normal_is_valid"] else None
            key = given["words"].astype(np.uint32)
            inner = {"key": key, "pos": N if left == 1 else position}
            whole: Any = {"bit_generator": "MT19937", "state": inner}
            self._bits.state = whole

    def __getstate__(self):
        return {"on_cpu": self.on_cpu, "state": self.state()}

    def __setstate__(self, saved):
        Stream.__init__(self, saved["on_cpu"])
        self.set_state(saved["state"])

    # -- the stream

    def uint32(self, n: int) -> np.ndarray:
        """n words of the stream."""
        if not n:  # NumPy would draw one word for no bytes
            return np.empty(0, "<u4")
        self._fresh = False
        return np.frombuffer(self._generator.bytes(4 * n), "<u4")

    def uint64(self, n: int) -> np.ndarray:
        """n double words: of two words the first is the high one."""
        words = self.uint32(2 * n)
        out = words[0::2].astype(np.uint64)
        out <<= np.uint64(32)
        out |= words[1::2]
        return out

    def _single(self, n: int) -> np.ndarray:
        """n float32 in [0, 1): 24 bits of a word each."""
        out = (self.uint32(n) & np.uint32(0xFFFFFF)).astype(np.float32)
        out *= np.float32(2.0**-24)
        return out

    def _double(self, n: int) -> np.ndarray:
        """n float64 in [0, 1): 53 bits of a double word each."""
        out = (self.uint64(n) & np.uint64((1 << 53) - 1)).astype(np.float64)
        out *= 2.0**-53
        return out

    # -- continuous distributions

    def uniform(self, n: int, dtype: np.dtype, low: float = 0.0, high: float = 1.0) -> np.ndarray:
        """n numbers in [low, high)."""
        with self.lock:
            if dtype == _F64:
                out = self._double(n)
                return out if (low, high) == (0, 1) else fma64(out, high - low, low)
            out = self._single(n)
        if low != 0 or high != 1:
            # one rounding, as a fused multiply-add has it: the product is exact in float64
            start, width = np.float32(low), np.float32(np.float32(high) - np.float32(low))
            out = (out * np.float64(width) + np.float64(start)).astype(np.float32)
        if dtype != _F32:
            out = out.astype(dtype)
            out[out >= np.float32(high).astype(dtype)] = np.float32(low).astype(dtype)
        return out

    def normal(
        self,
        n: int,
        dtype: np.dtype,
        mean: float = 0.0,
        std: float = 1.0,
        contiguous: bool = True,
    ) -> np.ndarray:
        """n numbers of the normal distribution. torch draws 16 or more at once another way than
        few, or than numbers that do not lie in a row in memory.
        """
        with self.lock:
            if n >= 16 and contiguous:
                return self._normal_fill(n, dtype, mean, std)
            return (self._normals(n) * std + mean).astype(dtype)

    def _normal_fill(self, n: int, dtype: np.dtype, mean: float, std: float) -> np.ndarray:
        """Box-Muller on blocks of 16 uniform numbers; a last part of a block is 16 new ones."""
        draw = self._double if dtype == _F64 else self._single
        whole, half = n // 16 * 16, dtype.itemsize < 4
        # torch fills all n with uniform numbers first, save in half precision
        uniform = draw(whole if half else n)[:whole]
        exact = dtype != _F64
        out = np.empty(n, uniform.dtype)
        out[:whole] = normal_block(uniform, mean, std, exact)
        if whole < n:
            out[n - 16 :] = normal_block(draw(16), mean, std, exact)
        return out.astype(dtype) if half else out

    def _normals(self, n: int) -> np.ndarray:
        """n standard normal float64, in pairs; the second of an odd pair is kept for later."""
        out = np.empty(n, np.float64)
        start = 0
        if n and self._normal is not None:
            out[0], self._normal, start = self._normal, None, 1
        pairs = -(-(n - start) // 2)
        if pairs > 0:
            uniform = self._double(2 * pairs)
            radius = np.sqrt(-2 * np.log1p(-uniform[1::2]))
            angle = 2 * np.pi * uniform[0::2]
            both = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)
            out[start:] = both[: n - start]
            if (n - start) % 2:
                self._normal = float(both[-1])
        return out

    def exponential(self, n: int, dtype: np.dtype, lambd: float = 1.0) -> np.ndarray:
        """n numbers of the exponential distribution with rate lambd."""
        with self.lock:
            uniform = self._double(n)
        return (-1 / lambd * np.log1p(-uniform)).astype(dtype)

    def cauchy(self, n: int, dtype: np.dtype, median: float, sigma: float) -> np.ndarray:
        """n numbers of the Cauchy distribution."""
        with self.lock:
            uniform = self._double(n)
        return (median + sigma * np.tan(np.pi * (uniform - 0.5))).astype(dtype)

    def log_normal(self, n: int, dtype: np.dtype, mean: float, std: float) -> np.ndarray:
        """n numbers whose logarithms are normal."""
        with self.lock:
            normals = self._normals(n)
        return np.exp(normals * std + mean).astype(dtype)

    # -- integers

    def integers(self, n: int, low: int, high: int) -> np.ndarray:
        """n int64 in [low, high)."""
        width = high - low
        with self.lock:
            draws = self.uint64(n) if width >= 1 << 28 else self.uint32(n).astype(np.uint64)
        if width == 1 << 64:  # all of them: the bits as they come
            return draws.view(np.int64)
        draws = draws % np.uint64(width)
        return (draws + np.uint64(low & MAX_UINT64)).astype(np.int64)

    def any_integers(self, n: int, dtype: np.dtype) -> np.ndarray:
        """n numbers over all that a dtype holds: for floats, the whole numbers it holds exactly."""
        wide = dtype.itemsize == 8
        with self.lock:
            draws = self.uint64(n) if wide else self.uint32(n)
        if dtype == np.bool_:
            return (draws & np.uint32(1)).astype(np.bool_)
        digits = _DIGITS.get(dtype.name)
        top = np.iinfo(dtype).max if digits is None else 1 << digits
        return (draws % draws.dtype.type(int(top) + 1)).astype(dtype)

    def permutation(self, n: int) -> list[int]:
        """0 to n - 1 in random order."""
        with self.lock:
            if n < (1 << 32) // 20:
                draws = self.uint32(max(n - 1, 0))
                swaps = (draws % np.arange(n, 1, -1, dtype=np.uint32)).tolist()
            else:
                draws = self.uint64(n - 1)
                swaps = (draws % np.arange(n, 1, -1, dtype=np.uint64)).tolist()
        order = list(range(n))
        for i, z in enumerate(swaps):
            j = i + z
            order[i], order[j] = order[j], order[i]
        return order

    # -- choices

    def bernoulli(self, n: int, p: float) -> np.ndarray:
        """n bools, True with probability p."""
        with self.lock:
            return self._double(n) < p

    def bernoulli_each(self, p: np.ndarray) -> np.ndarray:
        """A bool for each probability of a flat array; its dtype decides which draws are used."""
        with self.lock:
            if p.dtype == _F64:
                return self._double(p.size) < p
            return self._single(p.size) < p.astype(np.float32)

    def geometric(self, n: int, dtype: np.dtype, p: float) -> np.ndarray:
        """n numbers of trials until the first success of probability p."""
        with self.lock:
            uniform = self._double(n)
        with np.errstate(divide="ignore"):
            return np.ceil(np.log(uniform) / np.log1p(-p)).astype(dtype)

    def choose(self, weights: np.ndarray, n: int) -> np.ndarray:
        """(rows, n) indices drawn with replacement, by the weights (rows, categories)."""
        rows, categories = weights.shape
        sums = np.cumsum(weights, axis=1, dtype=weights.dtype)
        sums = sums / sums[:, -1:]
        sums[:, -1] = 1
        with self.lock:
            draws = self._double(rows * n).reshape(rows, n)
        picked = [np.searchsorted(sums[r], draws[r]) for r in range(rows)]
        found = np.stack(picked) if rows else np.empty((0, n), np.int64)
        return np.minimum(found, categories - 1).astype(np.int64)
