"""68 points of a face and how open its eyes are."""
