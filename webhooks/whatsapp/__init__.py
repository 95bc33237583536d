"""The language of WhatsApp: Meta's envelope, what one item means to us, and its identifiers."""
