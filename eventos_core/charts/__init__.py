"""Frames drawn as altair charts; neither Streamlit nor the database."""
