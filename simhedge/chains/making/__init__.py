"""Synthetic option chains: from a recipe to exact quotes, to any format, with the blemishes of real files."""
