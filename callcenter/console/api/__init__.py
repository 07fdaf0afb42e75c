"""`/api/v1`: what the pages show, for programs. Read only; each look is written down as a page's is."""
