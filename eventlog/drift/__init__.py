"""Contract drift: counts where what came in departs from what Meta documents."""
