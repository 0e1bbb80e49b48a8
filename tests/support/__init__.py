"""What tests share: databases, factories, a browser."""
