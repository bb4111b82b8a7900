"""Long statements of the promise room."""
