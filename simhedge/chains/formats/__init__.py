"""One module per format of option chains, and what they share: headings, columns, cells, JSON."""
