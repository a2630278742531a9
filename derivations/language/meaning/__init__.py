"""What each kind of expression means in a world."""
