"""The media library: grid, upload, drawer."""
