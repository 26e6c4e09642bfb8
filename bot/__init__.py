"""应诺 (yingnuo): the after-sales desk that keeps the promises a supplier wrote into its bid."""
