"""What speaks to the outside: mail, PDF, spreadsheets, files, the job engine."""
