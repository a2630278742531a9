"""One module a chapter of `derivations`: its results, and the code that each is held against."""
