"""Which unknown moves the verdict between two policies: Sobol indices (`study`), and the map of where it turns."""
