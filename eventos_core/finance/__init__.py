"""Invoices, payments, refunds and the ledger."""
