"""Publish a forecast: charts, documents and the report page, with their commands."""
