"""What people see of records, walls and sweeps: documents, printed as text, Markdown or HTML."""
