"""What one instance says to its sisters: identity, canonical JSON, signatures, a safe client, verification."""
