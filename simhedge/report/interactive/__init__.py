"""Figures to look into with the mouse, drawn by Bokeh: the same ones on the live page and in the HTML report."""
