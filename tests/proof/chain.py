"""Finite Markov chains in continuous time, solved with sparse matrices."""

from collections.abc import Callable, Hashable, Iterable

import numpy as np
from scipy.sparse import csc_array
from scipy.sparse.linalg import expm, splu

Moves = Callable[[Hashable], Iterable[tuple[float, Hashable]]]


class Chain:
    """The chain that `moves` spans from `start`: of each state (rate, next state). States without moves are final."""

    def __init__(self, start: Hashable, moves: Moves) -> None:
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
        self.moving = np.flatnonzero(self.generator.diagonal())
        self._inner = splu(self.generator[self.moving][:, self.moving].tocsc())

    def ends(self, value: Callable[[Hashable], float]) -> np.ndarray:
        """By state: the expectation of `value` of the final state."""
        expected = np.array([value(state) for state in self.states], float)
        expected[self.moving] = 0
        into = (self.generator @ expected)[self.moving]
        expected[self.moving] = -self._inner.solve(into)
        return expected

    def time_in(self, weight: np.ndarray) -> float:
        """From the start: the expected integral over time of `weight`, given by state, 0 in final ones."""
        return -float(self._inner.solve(weight[self.moving])[0]) if len(self.moving) else 0.0

    def at(self, step: float, steps: int, value: np.ndarray) -> np.ndarray:
        """From the start, after 0, 1, … `steps` steps of time: the expectation of `value`, given by state."""
        forth = expm(self.generator * step)
        found = [value[0]]
        for _ in range(steps):
            value = forth @ value
            found.append(value[0])
        return np.array(found)
