"""Finite Markov chains in continuous time, solved with sparse matrices, and such chains with one fixed time in them.

Both tell of the final state in which a chain ends: how likely that is, how long it takes, and with what distribution.
"""

from collections.abc import Callable, Hashable, Iterable

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.sparse import csc_array
from scipy.sparse.linalg import expm, expm_multiply, splu

State = Hashable
Moves = Callable[[State], Iterable[tuple[float, State]]]
Where = Callable[[State], bool]


class Chain:
    """The chain that `moves` spans from `start`: of each state (rate, next state). States without moves are final."""

    def __init__(self, start: State, moves: Moves) -> None:
        self.states = {start: 0}
        rows, columns, rates = [], [], []
        todo = [start]
        while todo:
            state = todo.pop()
            for rate, after in moves(state):
                if after not in self.states:
                    self.states[after] = len(self.states)
                    todo.append(after)
                rows += [self.states[state]] * 2
                columns += [self.states[after], self.states[state]]
                rates += [rate, -rate]
        n = len(self.states)
        self.generator = csc_array((rates, (rows, columns)), shape=(n, n))
        self._moving = np.flatnonzero(self.generator.diagonal())
        self._inner = splu(self.generator[self._moving][:, self._moving].tocsc())

    def _ends(self, end: Where) -> np.ndarray:
        """By state: the probability of ending in a final state that `end` holds for."""
        wanted = np.array([end(state) for state in self.states], float)
        wanted[self._moving] = 0
        wanted[self._moving] = -self._inner.solve((self.generator @ wanted)[self._moving])
        return wanted

    def ends(self, end: Where) -> float:
        """The probability of ending in a final state that `end` holds for."""
        return float(self._ends(end)[0])

    def until(self, end: Where) -> float:
        """The mean time to the end, over the ends that `end` holds for: their mean times their probability."""
        return -float(self._inner.solve(self._ends(end)[self._moving])[0])

    def by(self, end: Where, step: float, steps: int) -> Callable[[np.ndarray], np.ndarray]:
        """The probability of having ended so by a time: exact at each of `steps` steps of time, 0 before the start."""
        forth = expm(self.generator * step)
        value = np.array([end(state) for state in self.states], float)
        value[self._moving] = 0
        found = [0.0]
        for _ in range(steps):
            value = forth @ value
            found.append(value[0])
        curve = PchipInterpolator(np.arange(steps + 1) * step, found)
        return lambda times: curve(np.clip(times, 0, steps * step))

    def after(self, time: float, start: State) -> dict[State, float]:
        """From `start`: the probability of each state that it may be in after so long."""
        begin = np.zeros(len(self.states))
        begin[self.states[start]] = 1
        spread = expm_multiply(self.generator.T.tocsc() * time, begin)
        return {state: float(p) for state, p in zip(self.states, spread, strict=True) if p > 0}


class Clocked:
    """A chain in which something happens at a fixed time: `delay` after it has first come to a `running` state.

    There it becomes `expire` of the state that it is in, which isn't running any more.

    Its law is that of the chain without the clock, less what those would have done without it whose time is up, plus
    what they do instead. These two are laws of chains that take the time of the clock in one jump, to where it finds
    them, shifted by that time. So nothing is cut into small steps of time.
    """

    def __init__(
        self, start: State, moves: Moves, running: Where, delay: float, expire: Callable[[State], State]
    ) -> None:
        plain = Chain(start, moves)

        def skipping(then: Callable[[State], State]) -> Chain:
            def jumps(state):
                for rate, to in moves(state):
                    if running(to) and not running(state):
                        yield from ((rate * p, then(x)) for x, p in plain.after(delay, to).items())
                    else:
                        yield rate, to

            return Chain(start, jumps)

        self.parts = [(1, 0.0, plain), (-1, delay, skipping(lambda state: state)), (1, delay, skipping(expire))]

    def ends(self, end: Where) -> float:
        """As a `Chain`'s."""
        return sum(sign * of.ends(end) for sign, _, of in self.parts)

    def until(self, end: Where) -> float:
        """As a `Chain`'s."""
        return sum(sign * (of.until(end) + shift * of.ends(end)) for sign, shift, of in self.parts)

    def by(self, end: Where, step: float, steps: int) -> Callable[[np.ndarray], np.ndarray]:
        """As a `Chain`'s."""
        curves = [(sign, shift, of.by(end, step, steps)) for sign, shift, of in self.parts]
        return lambda times: sum(sign * curve(times - shift) for sign, shift, curve in curves)
