"""What tests share: fixtures, home builders, stand-in servers, and generators of spoiled data. No test is in here."""
