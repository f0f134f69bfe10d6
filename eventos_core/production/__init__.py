"""The fashion show: designers, models, looks, castings, fittings."""
