"""Predictions of the simulator beside what the lab's kernels did."""
