"""The theme's fonts as TrueType files, for PDFs: which there are, and how they are made."""
