"""What a person wrote in a note, apart from what the note quotes. Our own notes begin with their mark."""

from __future__ import annotations

OUR_MARK = "[order-ref:"
_QUOTE = ">"


def own_words(text: str) -> str:
    """
    Without lines that are quoted, and without a note of ours and all that follows it: nothing is left of a note that is
    ours, or where somebody has written below one that is not told apart from their words.
    """
    kept: list[str] = []
    for line in text.splitlines():
        quoted, ours = line.lstrip().startswith(_QUOTE), OUR_MARK in line
        if (quoted or ours) and kept and kept[-1].rstrip().endswith(":"):
            kept.pop()  # "On Friday Quoteway wrote:"
        if ours and not quoted:
            break
        if not quoted:
            kept.append(line)
    return "\n".join(kept).strip()
