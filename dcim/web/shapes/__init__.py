"""What the API answers: shapes with their units, made from the view."""
