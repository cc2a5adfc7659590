// This room has nothing in it yet.
