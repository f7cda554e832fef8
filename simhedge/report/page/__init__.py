"""A result as one HTML page that opens offline: what was asked, what came out, figures, method, how to do it again."""
