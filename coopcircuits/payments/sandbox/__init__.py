"""A payment provider to try things out with: the part of Stripe's API that we use, strict and with a memory.

It plays a *foreign* system. It shares no code with the gateway, keeps its own database file, has its own little
dictionary for its pages, and answers as Stripe's published API would: it refuses what Stripe would refuse. No real card
or money can enter, and it refuses to start in production.
"""

API_VERSION = "2026-10-28.endive"
PLATFORM = "acct_sandboxplatform"
TEST_KEY = "sk_test_coopcircuits_sandbox"
TEST_WEBHOOK_SECRET = "whsec_coopcircuits_sandbox"  # noqa: S105 (public: it protects nothing but toy money)
