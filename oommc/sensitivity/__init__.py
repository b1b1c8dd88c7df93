"""What isn't known of a scenario: how far it moves each number (`uncertainty`), and which unknown moves the verdict
between two policies (`study`: Sobol indices, and the map of where it turns).
"""
