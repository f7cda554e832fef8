"""The live page: the engine step by step in a browser, with controls that act at once, and lessons."""
