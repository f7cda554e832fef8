"""One module per published result: where it comes from, its set-up, and its numbers beside ours."""
