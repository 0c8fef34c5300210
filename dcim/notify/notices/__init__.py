"""What is told of an alert or an incident, before anybody asks to whom and in which words."""
