"""What people see: the shell, the frame of pages, forms, tables, components. The only layer that knows Streamlit."""
