"""What a reader sees of a run: tables for the terminal, figures for a paper."""
