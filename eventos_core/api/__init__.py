"""HTTP routes beside the pages: health, sign-in, files, exports, public links, the JSON API."""
