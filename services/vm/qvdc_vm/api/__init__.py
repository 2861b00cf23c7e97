"""The wire: servicers and the conversion of their messages."""
