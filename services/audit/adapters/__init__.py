"""Where anchors are kept."""
