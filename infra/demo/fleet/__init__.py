"""A fleet's whole life through the public API: trained, verified, deployed with a shadow, streamed while sensors fail,
partly retrained and swapped under that stream."""
