"""Studies in few words."""

from __future__ import annotations


def authors(study: str) -> str:
    """Authors and year of a study: what stands before its title; three authors or more as the first et al."""
    head, bracket, _ = study.partition(")")
    if not bracket:
        return study
    people, _, year = head.partition(" (")
    first, comma, _ = people.partition(", ")
    return f"{first} et al. ({year})" if comma else f"{people} ({year})"
