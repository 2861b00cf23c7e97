"""The wire: servicers, tus and bytes."""
