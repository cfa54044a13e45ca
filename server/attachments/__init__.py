"""Attachments of records, such as photographs: chunks in, checked as a whole, chunks out."""
