"""The kernel lab: a scenario, run on a stock kernel in an emulator instead of in the simulator."""
