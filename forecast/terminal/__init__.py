"""What every command shares: the console, its options and its tables."""
