"""The API for other programs: personal tokens with scopes, and a description that is made from the answers' shapes."""
