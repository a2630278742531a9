"""What a verdict looks like: on a terminal, as plain lines, as JSON."""
