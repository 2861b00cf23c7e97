"""Unit of work, outbox, operations and migrations on PostgreSQL."""
