// In a file of its own.
function answer() { return 42; }
