"""What may happen: access, approvals by people, masking of personal data."""
